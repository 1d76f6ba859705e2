import type { CompiledGrammar, GrammarCompiler, GrammarMatcher } from '@mlc-ai/web-xgrammar';
import { type LoadedXgrammar, loadXgrammar } from './load-xgrammar.js';
import {
  ALL_ALLOWED,
  type GrammarSource,
  type GrammarVocabulary,
  ONLY_END,
  type RoundAnswer,
  type RoundQuestion,
} from './protocol.js';

/** What the library said when it gave up on a grammar. */
export class GrammarRefusedError extends Error {}

interface HostedGrammar {
  readonly compiled: CompiledGrammar;
  /** Matchers of closed sessions: the library leaks a little with each that is made, and nothing when one is reset. */
  readonly idle: GrammarMatcher[];
}

interface HostedSession {
  readonly grammar: HostedGrammar;
  readonly matcher: GrammarMatcher;
  /** Whether an end token was accepted. */
  over: boolean;
}

/** Compiled grammars and the sessions that walk them, by number. */
export class GrammarHost {
  readonly #library: LoadedXgrammar;
  readonly #compiler: GrammarCompiler;
  readonly #endTokens: ReadonlySet<number>;
  readonly #words: number;
  readonly #fullLastWord: number;
  readonly #grammars = new Map<number, HostedGrammar>();
  readonly #sessions = new Map<number, HostedSession>();

  private constructor(library: LoadedXgrammar, compiler: GrammarCompiler, { tokens, endTokens }: GrammarVocabulary) {
    this.#library = library;
    this.#compiler = compiler;
    this.#endTokens = new Set(endTokens);
    this.#words = Math.ceil(tokens.length / 32);
    this.#fullLastWord = tokens.length % 32 === 0 ? -1 : (1 << (tokens.length % 32)) - 1;
  }

  static async create(vocabulary: GrammarVocabulary): Promise<GrammarHost> {
    const library = loadXgrammar();
    const { TokenizerInfo, GrammarCompiler } = library.xgrammar;
    const { tokens, endTokens } = vocabulary;
    const info = await TokenizerInfo.createTokenizerInfo([...tokens], 'byte_level', false, tokens.length, [
      ...endTokens,
    ]);
    // Its own cache has no bound.
    const compiler = await GrammarCompiler.createGrammarCompiler(info, false);
    return new GrammarHost(library, compiler, vocabulary);
  }

  /** Throws `GrammarRefusedError`; the library has then left its stack as it was, and should be used no more. */
  async compile(number: number, source: GrammarSource): Promise<void> {
    this.#library.takeMessages();
    try {
      const compiled =
        source.kind === 'ebnf'
          ? await this.#compileText(source.text)
          : await this.#compiler.compileStructuralTag(source.json);
      this.#grammars.set(number, { compiled, idle: [] });
    } catch (error) {
      throw new GrammarRefusedError(reasonIn(this.#library.takeMessages()) ?? 'The grammar can’t be compiled.', {
        cause: error,
      });
    }
  }

  forget(number: number): void {
    const grammar = this.#grammars.get(number);
    this.#grammars.delete(number);
    for (const matcher of grammar?.idle ?? []) matcher.dispose();
    grammar?.compiled.dispose();
  }

  async open(session: number, number: number): Promise<void> {
    const grammar = this.#grammars.get(number);
    if (grammar === undefined) throw new Error(`Grammar ${number} is not here.`);
    const matcher =
      grammar.idle.pop() ?? (await this.#library.xgrammar.GrammarMatcher.createGrammarMatcher(grammar.compiled));
    this.#sessions.set(session, { grammar, matcher, over: false });
  }

  close(session: number): void {
    const closed = this.#sessions.get(session);
    if (closed === undefined) return;
    this.#sessions.delete(session);
    closed.matcher.reset();
    closed.grammar.idle.push(closed.matcher);
  }

  /** Advances a session by what was accepted, then looks at every guess. */
  async round(session: number, { accepted, tokens, parents }: RoundQuestion): Promise<RoundAnswer> {
    const hosted = this.#at(session);
    for (const token of accepted) this.#advance(hosted, token);
    const masks: Int32Array[] = [];
    const kept: number[] = [];
    const maskOf = new Map<number, number>([[-1, await this.#mask(hosted, masks)]]);
    const children = childrenOf(parents);

    const walk = async (node: number): Promise<void> => {
      const row = maskOf.get(node) ?? ONLY_END;
      for (const child of children.get(node) ?? []) {
        const token = tokens[child] ?? -1;
        if (!this.#allows(row, masks, token)) continue;
        if (this.#endTokens.has(token)) {
          maskOf.set(child, ONLY_END);
        } else {
          if (!hosted.matcher.acceptToken(token)) continue;
          maskOf.set(child, await this.#mask(hosted, masks));
          await walk(child);
          hosted.matcher.rollBack(1);
        }
        kept.push(child);
      }
    };
    await walk(-1);

    kept.sort((a, b) => a - b);
    const flat = new Int32Array(masks.length * this.#words);
    for (const [row, mask] of masks.entries()) flat.set(mask, row * this.#words);
    return {
      kept: Int32Array.from(kept),
      maskOf: Int32Array.from([-1, ...kept], (node) => maskOf.get(node) ?? ONLY_END),
      masks: flat,
    };
  }

  /** Advances a session by what was accepted, then gives the text that must come next. */
  forced(session: number, accepted: Int32Array): string {
    const hosted = this.#at(session);
    for (const token of accepted) this.#advance(hosted, token);
    // Half a character at the end comes out as U+FFFD.
    return hosted.over ? '' : hosted.matcher.findJumpForwardString().replace(/\ufffd+$/, '');
  }

  #at(session: number): HostedSession {
    const hosted = this.#sessions.get(session);
    if (hosted === undefined) throw new Error(`Session ${session} is not here.`);
    return hosted;
  }

  async #compileText(text: string): Promise<CompiledGrammar> {
    const grammar = await this.#library.xgrammar.Grammar.fromEBNF(text);
    try {
      return await this.#compiler.compileGrammar(grammar);
    } finally {
      grammar.dispose();
    }
  }

  #advance(session: HostedSession, token: number): void {
    if (session.over) return;
    if (this.#endTokens.has(token)) session.over = true;
    else if (!session.matcher.acceptToken(token)) throw new Error(`The grammar does not allow token ${token} here.`);
  }

  /** Adds what may follow to `masks` and gives its row, or a mark. */
  async #mask(session: HostedSession, masks: Int32Array[]): Promise<number> {
    if (session.over) return ONLY_END;
    const mask = await session.matcher.getNextTokenBitmask();
    const full = mask.every((word, i) => word === (i === this.#words - 1 ? this.#fullLastWord : -1));
    return full ? ALL_ALLOWED : masks.push(mask) - 1;
  }

  #allows(row: number, masks: readonly Int32Array[], token: number): boolean {
    if (row === ALL_ALLOWED) return true;
    if (row === ONLY_END) return this.#endTokens.has(token);
    return (((masks[row]?.[token >> 5] ?? 0) >>> (token & 31)) & 1) === 1;
  }
}

function childrenOf(parents: Int32Array): ReadonlyMap<number, readonly number[]> {
  const children = new Map<number, number[]>();
  for (const [node, parent] of parents.entries()) {
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [node]);
    else siblings.push(node);
  }
  return children;
}

/** `[FATAL] /path/to/file.cc:75: Regex parsing error …` without what only its authors can use. */
function reasonIn(messages: string): string | undefined {
  return /\[FATAL\][^\n]*?\.cc:\d+: (?:Check failed: .*? is false: )?([^\n]*)/.exec(messages)?.[1]?.trim();
}
