// Lines that would like to be more than lines.
import assert from "node:assert/strict";

export async function markup_in_a_line_is_text(scene) {
  const line = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
  const name = `x"><script>document.title='owned'</script>`;
  await scene.push([[5, line, { note: name }]], { part: name });
  await scene.logs(scene.selector);
  await scene.sees([line]);
  await scene.page.click(".line-head");
  assert.equal(await scene.text('.fields tr:has(th:text-is("part")) .field-value'), name);
  assert.equal(await scene.page.$(".lines img, .lines script"), null);
  assert.ok(!(await scene.page.title()).includes("owned"));
}

export async function escapes_and_turned_text_are_readable(scene) {
  await scene.push([
    [9, "\x1b[31mred\x1b[0m \x1b]0;title\x07then"],
    [8, "file\u202etxt.exe\u202c end"],
    [7, "nul\u0000bell\u0007"],
    [6, "مرحبا then english"],
  ]);
  await scene.logs(scene.selector);
  await scene.sees(["مرحبا then english", "nul␀bell␇", "file⟨202E⟩txt.exe⟨202C⟩ end", "red then"]);
  assert.equal(await scene.text(".ansi-31"), "red");
}

export async function a_long_line_is_cut_until_asked_for(scene) {
  const line = `begin ${"0123456789".repeat(10_000)} end`;
  await scene.push([[5, line]]);
  await scene.logs(scene.selector);
  const length = async () => (await scene.page.textContent(".line-text")).length;
  assert.ok((await length()) < 3_000);
  await scene.page.click(".line .rest");
  await scene.page.waitForSelector(".line.open");
  assert.ok((await length()) < 20_000);
  await scene.page.click(".line .rest");
  await scene.holds("the whole line", async () => (await scene.page.textContent(".line-text")) === line);
}

export async function a_hostile_expression_does_not_hang_the_page(scene) {
  await scene.push([[5, `${"a".repeat(5_000)}!`]]);
  const started = Date.now();
  await scene.logs(`${scene.selector} |~ "(a+)+!"`);
  await scene.holds("the line", async () => (await scene.lines()).length === 1);
  assert.ok(Date.now() - started < 10_000);
}

export async function a_hostile_link_is_only_a_view(scene) {
  const search = "query=%3Cscript%3Edocument.title%3D'owned'%3C%2Fscript%3E&from=javascript:alert(1)&to=%00&limit=1e9&at=%3Cb%3E&live=yes";
  await scene.page.goto(`${scene.belfry.url}/logs?${search}`);
  await scene.page.waitForSelector(".error-box");
  assert.ok(!(await scene.page.title()).startsWith("owned"));
  assert.match(await scene.text(".range .menu > button"), /^Last 1h$/);
}
