// A client of the service in JavaScript (Node 18 or newer, or a browser): the three questions. No packages.
//
// MEDIAMIX_URL=http://127.0.0.1:8000 MEDIAMIX_KEY=mm_… node client.mjs

const url = process.env.MEDIAMIX_URL ?? "http://127.0.0.1:8000";
const key = process.env.MEDIAMIX_KEY ?? "";
const anyway = "MEDIAMIX_ANYWAY" in process.env;

// An answer of the service; what it says instead is an Error whose `problem` has expected, got, next and findings.
export async function call(method, path, body, headers = {}) {
  const answer = await fetch(url + path, {
    method,
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const found = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(`${found.detail} (next: ${found.next})`), { problem: found });
  return found;
}

const run = "/api/v1/runs/current";
const plan = await call("POST", `${run}/optimize`, { anyway });
const rounded = Object.fromEntries(Object.entries(plan.allocation).map(([name, spend]) => [name, Math.round(spend)]));
console.log("best split:", JSON.stringify(rounded));
const goal = await call("POST", `${run}/target`, { target: { roi: 0.5 }, anyway });
console.log("budget for a ROI of 0.5:", Math.round(goal.budget));
const rows = await call("POST", `${run}/scenarios`, { multiples: [0.9, 1.1], objective: "mean", anyway });
console.log("outcomes:", JSON.stringify(rows.scenarios.map((row) => Math.round(row.outcome))));
try {
  await call("POST", `${run}/optimize`, { bounds: { radio: [0, 1] }, anyway });
} catch (refused) {
  console.log("refused:", refused.message);
}
