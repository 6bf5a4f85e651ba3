/** How much is tried: with every commit, in continuous integration, or for hours. */
export const SCALE = process.env.DECAPOD_TEST_SCALE ?? "commit";

/** For what takes minutes and rarely breaks. Given to `skip`. */
export const ONLY_AT_SOAK = SCALE === "soak" ? false : "DECAPOD_TEST_SCALE=soak tries it";

/** For what takes seconds and rarely breaks. Given to `skip`. */
export const NOT_WITH_EVERY_COMMIT = SCALE === "commit" ? "DECAPOD_TEST_SCALE=ci tries it" : false;
