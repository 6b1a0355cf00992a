// What an editor shows: reads {settings, folder, documents} from standard input and answers for each document.
// The service is the one inside VS Code; NODE_PATH says where it is installed.
const { readFileSync } = require("fs");
const { pathToFileURL, fileURLToPath } = require("url");
const { getLanguageService, TextDocument } = require("vscode-json-languageservice");

async function main() {
  const asked = JSON.parse(readFileSync(0, "utf8"));
  const root = pathToFileURL(asked.folder + "/").href;
  const service = getLanguageService({
    schemaRequestService: async (uri) => readFileSync(fileURLToPath(uri), "utf8"),
  });
  const schemas = asked.settings["json.schemas"].map((one) => ({
    fileMatch: one.fileMatch,
    uri: new URL(one.url, root).href,
  }));
  service.configure({ validate: true, allowComments: false, schemas });
  const answers = [];
  for (const { file, text, at } of asked.documents) {
    const document = TextDocument.create(new URL(file, root).href, "json", 1, text);
    const tree = service.parseJSONDocument(document);
    const place = document.positionAt(at ?? 0);
    const completed = at === null ? null : await service.doComplete(document, place, tree);
    const hover = at === null ? null : await service.doHover(document, place, tree);
    const told = await service.doValidation(document, tree);
    answers.push({
      completions: Object.fromEntries((completed?.items ?? []).map((one) => [one.label, one.documentation ?? null])),
      hover: hover === null ? null : hover.contents.join("\n"),
      problems: told.map((one) => ({
        line: one.range.start.line + 1,
        column: one.range.start.character + 1,
        message: one.message,
      })),
    });
  }
  process.stdout.write(JSON.stringify(answers));
}

main();
