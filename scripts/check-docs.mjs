import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { packages, root } from './bootstrap/workspace.mjs';
import { brokenLinks } from './broken-links.mjs';

// Every ```ts block of the documentation is a module of its own and must type-check against the sources, so that no
// example can rot. Blocks that are not whole programs are marked otherwise (```js, ```jsonc). Links within the repository
// must lead somewhere.

const CONFIG = join(root, 'tsconfig.boundaries.json');
const BLOCK = /^```ts\n([\s\S]*?)^```$/gm;

const pages = ['.', 'docs', 'deploy', ...packages].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(root, folder, name)),
);

/** Virtual module → its text and where in its page it begins. @type {Map<string, { text: string, page: string, line: number }>} */
const modules = new Map();
for (const page of pages) {
  const markdown = readFileSync(page, 'utf8').replaceAll('\r\n', '\n');
  for (const { 1: text = '', index } of markdown.matchAll(BLOCK)) {
    const line = markdown.slice(0, index).split('\n').length;
    // In the root folder, where Node's types are found; `export {}` makes a module of a block without imports.
    const name = join(root, `${relative(root, page).replaceAll(/[\\/]/g, '-')}-line-${line}.ts`);
    modules.set(name, { text: `${text}\nexport {};\n`, page: relative(root, page), line });
  }
}

const parsed = ts.parseJsonConfigFileContent(ts.readConfigFile(CONFIG, ts.sys.readFile).config, ts.sys, root);
const disk = ts.createCompilerHost(parsed.options);
/** @type {ts.CompilerHost} */
const host = {
  ...disk,
  fileExists: (name) => modules.has(name) || disk.fileExists(name),
  readFile: (name) => modules.get(name)?.text ?? disk.readFile(name),
  getSourceFile: (name, language, ...rest) => {
    const block = modules.get(name);
    return block ? ts.createSourceFile(name, block.text, language) : disk.getSourceFile(name, language, ...rest);
  },
};

const options = { ...parsed.options, noUnusedLocals: false, noUnusedParameters: false };
const program = ts.createProgram([...modules.keys()], options, host);
let failures = 0;
for (const [name, { page, line }] of modules) {
  const file = program.getSourceFile(name);
  for (const diagnostic of [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]) {
    const at = file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0;
    console.error(`${page}:${line + at + 1}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')}`);
    failures += 1;
  }
}
for (const link of brokenLinks(pages)) {
  console.error(`${link} leads nowhere`);
  failures += 1;
}
console.log(`${modules.size} examples in ${pages.length} pages, ${failures} errors`);
if (modules.size === 0 || failures > 0) process.exitCode = 1;
