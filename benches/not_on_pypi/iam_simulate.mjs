// @cloud-copilot/iam-simulate on the cases of benches/cases.py: how many answers agree, and the time of one.
import { readFileSync } from 'node:fs'
import { runSimulation } from '@cloud-copilot/iam-simulate'

let same = 0, asked = 0, refused = 0
const start = performance.now()
for (const line of readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  const { principal, action, resource, context, policies, expected } = JSON.parse(line)
  const simulation = {
    request: { principal, action, resource: { resource, accountId: '111122223333' }, contextVariables: context },
    identityPolicies: policies.map((policy, at) => ({ name: `policy${at}`, policy })),
    serviceControlPolicies: [],
    resourceControlPolicies: []
  }
  const answer = await runSimulation(simulation, {})
  // It checks requests against AWS's list of actions and their resource types, which the workload does not keep to.
  if (answer.resultType === 'error') { refused += 1; continue }
  asked += 1
  same += (answer.overallResult === 'Allowed') === expected
}
console.log(`${same} of ${asked} agree, ${refused} refused, ${((performance.now() - start) / asked).toFixed(2)} ms each`)
