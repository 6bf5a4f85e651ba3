/** Workflows that stand for what people run: the founding templates, a site with approvals, a release, twelve agents. */

const BUG_FIX = `
name: bug-fix-template
defaults: { retry: { max_attempts: 4, delay: 5, backoff: exponential } }
tasks:
  - { id: investigate, agent: researcher, parameters: { task: "Investigate \${bug_description}" } }
  - { id: analyze, agent: planner, dependencies: [investigate], parameters: { task: "Analyze root cause and plan fix" } }
  - { id: fix, agent: coder, dependencies: [analyze], parameters: { task: "Implement bug fix" } }
  - { id: verify, agent: checker, dependencies: [fix], parameters: { task: "Verify bug is fixed" } }
`;

const FULL_STACK = `
name: full-stack-feature-template
defaults: { retry: { max_attempts: 4, delay: 5, backoff: exponential } }
tasks:
  - { id: design, agent: planner, parameters: { task: "Design \${feature_name} feature" } }
  - { id: api, agent: backend, dependencies: [design], parameters: { task: "Implement API for \${feature_name}" } }
  - { id: ui, agent: frontend, dependencies: [design], parameters: { task: "Build UI for \${feature_name}" } }
  - { id: integrate, agent: coder, dependencies: [api, ui], parameters: { task: "Integrate frontend and backend" } }
  - { id: test, agent: checker, dependencies: [integrate], parameters: { task: "Test \${feature_name} feature" } }
`;

const SITE = `
name: site-publish
defaults: { retry: { max_attempts: 4, delay: 5, backoff: exponential } }
settings: { max_parallel: 2, timeout: 2h }
tasks:
  - { id: design, agent: planner, parameters: { task: "Choose slug and layout" } }
  - { id: draft, agent: coder, dependencies: [design], parameters: { task: "Write the page \${design.output.slug}" }, touches: ["content/**"] }
  - { id: look, agent: approval, dependencies: [draft], parameters: { message: "Is \${draft.output.file} right?", send_back_to: draft, max_rounds: 5 } }
  - id: build
    agent: shell
    dependencies: [look]
    parameters: { command: [hugo, "\${design.output.slug}"] }
    expected_outputs: [build_success, file_count, errors]
    success_criteria: ["build_success == true", errors is empty, "file_count > 100", "duration_seconds < 60"]
    repair: { agent: coder, on: [template_not_found, missing_frontmatter], max: 2 }
  - id: production
    agent: shell
    dependencies: [build]
    parameters: { command: [deploy] }
    approval: { mode: phrase, phrase: DEPLOY TO PRODUCTION, message: "Publish \${design.output.slug}?", expires: 24h }
`;

const RELEASE = `
name: release-rollback
defaults: { retry: { max_attempts: 4, delay: 5, backoff: exponential } }
settings: { timeout: 6h }
tasks:
  - { id: image, agent: shell, parameters: { command: [image] }, expected_outputs: [digest] }
  - { id: before, agent: shell, parameters: { command: [before] } }
  - { id: confirm, agent: approval, dependencies: [image, before], parameters: { message: "Ship over \${before.output.version}?", expires: 8h } }
  - id: rollout
    agent: group
    dependencies: [confirm]
    foreach: { items: "\${[5, 25, 100]}", as: percent, max_parallel: 1, on_failure: stop }
    parameters:
      tasks:
        - { id: ship, agent: shell, parameters: { command: [ship, "\${percent}", "\${image.output.digest}"] }, concurrency: { group: cluster } }
        - { id: soak, agent: wait, dependencies: [ship], parameters: { for: 15m } }
        - { id: numbers, agent: shell, dependencies: [soak], parameters: { command: [rate] }, success_criteria: ["error_rate < 0.01"] }
  - { id: rollback, agent: shell, dependencies: [rollout], trigger_rule: one_failed, parameters: { command: [back] } }
hooks:
  on_success: [{ id: announce, agent: notify, parameters: { message: live } }]
  on_complete: [{ id: unlock, agent: shell, parameters: { command: [unlock] } }]
`;

export const REFERENCES: readonly (readonly [string, string])[] = [
  ["bug-fix-template", BUG_FIX],
  ["full-stack-feature-template", FULL_STACK],
  ["site-publish", SITE],
  ["release-rollback", RELEASE],
];

const EXPERTS = Array.from({ length: 10 }, (_, index) => `expert${index}`);

/** Twelve agents: a planner, ten experts of whom five work at once, and one who joins their work. */
export const TWELVE = `
name: twelve-agents
defaults: { retry: { max_attempts: 4, delay: 5 } }
settings: { max_parallel: 5 }
tasks:
  - { id: plan, agent: planner, parameters: { task: "Cut the work into ten parts" } }
${EXPERTS.map((id) => `  - { id: ${id}, agent: researcher, dependencies: [plan], parameters: { task: "Part of \${plan.output.mark}" } }`).join("\n")}
  - { id: join, agent: coder, dependencies: [${EXPERTS.join(", ")}], parameters: { task: "Join \${expert0.output.mark}" } }
`;
