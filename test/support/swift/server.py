"""OpenStack Swift with its S3 face, as four processes on ports of their own, in a folder that is given.

It asks for no configuration of the system: rings, hash and pipelines are made here. Prints one line of JSON when it is
ready: {"port": N}. It ends with its standard input, and its servers end with it.
"""
import json
import os
import signal
import sys

import eventlet

eventlet.patcher.monkey_patch(all=False, socket=True, select=True, thread=True)

from eventlet import listen, wsgi  # noqa: E402
from swift.common import utils  # noqa: E402

utils.HASH_PATH_PREFIX = b"decapod"
utils.HASH_PATH_SUFFIX = b"test"

from swift.common.http_protocol import SwiftHttpProtocol  # noqa: E402
from swift.common.ring.builder import RingBuilder  # noqa: E402
from swift.common.storage_policy import POLICIES  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402

STORES = ("account", "container", "object")
PROXY = """
[DEFAULT]
swift_dir = {folder}
log_level = ERROR
log_address = {folder}/no-log
[pipeline:main]
pipeline = catch_errors gatekeeper listing_formats bulk s3api tempauth slo dlo copy versioned_writes proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
conn_timeout = 5
node_timeout = 30
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = {secret} .admin
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
check_bucket_owner = false
min_segment_size = 5242880
multi_delete_concurrency = 10
"""
PLAIN = "".join(
    "[filter:%s]\nuse = egg:swift#%s\n" % (name, name)
    for name in "catch_errors gatekeeper listing_formats bulk slo dlo copy versioned_writes".split()
)
STORE = """
[DEFAULT]
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
log_level = ERROR
log_address = {folder}/no-log
disable_fallocate = true
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
"""


class Cache:
    """What Swift asks of memcached, in a dictionary."""

    def __init__(self):
        self.kept = {}

    def get(self, key, raise_on_error=False):
        return self.kept.get(key)

    def set(self, key, value, **_):
        self.kept[key] = value

    def delete(self, key, **_):
        self.kept.pop(key, None)

    def incr(self, key, delta=1, **_):
        self.kept[key] = int(self.kept.get(key, 0)) + delta
        return self.kept[key]


def with_cache(app):
    cache = Cache()

    def answer(environ, start_response):
        environ["swift.cache"] = cache
        return app(environ, start_response)

    return answer


def make_ring(folder, name, port):
    builder = RingBuilder(4, 1, 1)
    builder.add_dev({"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "d1",
                     "weight": 1, "replication_ip": "127.0.0.1", "replication_port": port})
    builder.rebalance()
    builder.get_ring().save(os.path.join(folder, name + ".ring.gz"))


def serve(folder, name, text, sock):
    path = os.path.join(folder, name + ".conf")
    with open(path, "w") as file:
        file.write(text)
    app = loadapp(path, global_conf={"__file__": path, "log_name": name})
    if name == "proxy":
        app = with_cache(app)
    eventlet.hubs.get_hub()
    wsgi.server(sock, app, log_output=False, max_size=64, socket_timeout=60, protocol=SwiftHttpProtocol)


def main():
    folder, secret = sys.argv[1], sys.argv[2]
    os.makedirs(os.path.join(folder, "devices", "d1"), exist_ok=True)
    os.setxattr(os.path.join(folder, "devices"), "user.decapod", b"1")
    sockets = {name: listen(("127.0.0.1", 0), backlog=256) for name in STORES + ("proxy",)}
    for name in STORES:
        make_ring(folder, name, sockets[name].getsockname()[1])
    children = []
    for name, sock in sockets.items():
        pid = os.fork()
        if pid == 0:
            for other in sockets.values():
                if other is not sock:
                    other.close()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            template = PROXY + PLAIN if name == "proxy" else STORE
            serve(folder, name, template.format(folder=folder, name=name, secret=secret), sock)
            os._exit(0)
        children.append(pid)
    print(json.dumps({"port": sockets["proxy"].getsockname()[1], "pids": children}), flush=True)
    try:
        while os.read(0, 4096):
            pass
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        for pid in children:
            os.waitpid(pid, 0)


main()
