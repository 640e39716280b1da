import { basename, join } from 'node:path';
import ts from 'typescript';

/** A place where code decides by the name of an operation. */
export interface Decision {
  readonly path: string;
  readonly line: number;
  readonly name: string;
  readonly how: 'compared' | 'listed' | 'a key' | 'looked up';
}

/** Methods that look up a name, or search for one in a text. */
const LOOKUPS: readonly string[] = ['includes', 'indexOf', 'has', 'get', 'startsWith', 'endsWith'];

const EQUALITY: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
]);

/** A path in the form of the compiler, on every system. */
const named = (root: string, path: string): string => join(root, path).replaceAll('\\', '/');

/**
 * Parses the sources of a folder together with files that are not on disk. The console is left out: it is a
 * client, which has only the names.
 */
export const programOf = (root: string, planted: Readonly<Record<string, string>>): ts.Program => {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options, fileNames } = ts.parseJsonConfigFileContent(
    { ...config, include: ['src/**/*.ts'], exclude: ['src/console'] },
    ts.sys,
    root,
  );
  const texts = new Map(Object.entries(planted).map(([path, text]) => [named(root, path), text]));
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (path) => texts.get(path) ?? readFile.call(host, path);
  host.fileExists = (path) => texts.has(path) || fileExists.call(host, path);
  return ts.createProgram([...fileNames, ...texts.keys()], options, host);
};

/**
 * Finds code that decides by the name of an operation, or by its definition: it compares a value with the
 * name, lists it, uses it as a key, or looks it up. The file of an operation may use its own name.
 *
 * The same words also mean other things: a lane, a kind of policy, a scope, a function of a provider. Their
 * types have only such words, while the name of an operation is any string. So the type decides: that of the
 * compared value, or the type expected at the place of the word.
 */
export const decisionsIn = (
  root: string,
  program: ts.Program,
  names: ReadonlySet<string>,
): readonly Decision[] => {
  const folder = `${named(root, 'src')}/`;
  const finder = new Finder(program.getTypeChecker(), names, `${folder}operations/`);
  return program
    .getSourceFiles()
    .filter(({ fileName }) => fileName.startsWith(folder))
    .flatMap((file) => finder.decisionsIn(file));
};

class Finder {
  readonly #checker: ts.TypeChecker;
  readonly #names: ReadonlySet<string>;
  readonly #folder: string;

  /** @param folder the folder of the operations, each in a file of its name */
  constructor(checker: ts.TypeChecker, names: ReadonlySet<string>, folder: string) {
    this.#checker = checker;
    this.#names = names;
    this.#folder = folder;
  }

  decisionsIn(file: ts.SourceFile): readonly Decision[] {
    const { fileName: path } = file;
    const found: Decision[] = [];
    const visit = (node: ts.Node): void => {
      const how = placeOf(node);
      const name = how && this.#nameIn(node);
      if (how && name !== undefined && name !== this.#definedIn(path) && this.#decides(node)) {
        const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
        found.push({ path, line: line + 1, name, how });
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
    return found;
  }

  /** The operation that a node names, by a text, a key, or its definition. */
  #nameIn(node: ts.Node): string | undefined {
    const name = isKey(node) || ts.isStringLiteralLike(node) ? node.text : this.#definitionIn(node);
    return name !== undefined && this.#names.has(name) ? name : undefined;
  }

  /** Finds `send` or `send.name`, where `send` is exported by the file of the operation. */
  #definitionIn(node: ts.Node): string | undefined {
    const isNamed = ts.isPropertyAccessExpression(node) && node.name.text === 'name';
    const place = isNamed ? node.expression : node;
    if (!ts.isExpression(node) || !this.#mayBeDefinition(place)) return undefined;
    const symbol = this.#checker.getSymbolAtLocation(place);
    if (!symbol) return undefined;
    const real = this.#aliased(symbol);
    const [declared] = real.declarations ?? [];
    return declared && this.#definedIn(declared.getSourceFile().fileName) === real.name
      ? real.name
      : undefined;
  }

  /**
   * Whether to ask what a node is. To find a member takes the type of its object, which for a parameter of an
   * operation takes seconds, so only those of modules are asked for, and those named like an operation.
   */
  #mayBeDefinition(node: ts.Node): boolean {
    if (!ts.isPropertyAccessExpression(node)) return true;
    if (this.#names.has(node.name.text)) return true;
    const symbol = ts.isIdentifier(node.expression) && this.#checker.getSymbolAtLocation(node.expression);
    return symbol ? (this.#aliased(symbol).flags & ts.SymbolFlags.Module) !== 0 : false;
  }

  /** What an import stands for. */
  #aliased(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  /** The operation of a file: `recv-from.ts` is that of `recvFrom`. */
  #definedIn(path: string): string | undefined {
    if (!path.startsWith(this.#folder)) return undefined;
    return basename(path, '.ts').replace(/-([a-z])/g, (_dash, letter: string) => letter.toUpperCase());
  }

  /** Whether the type expected at the place of a name permits any text. */
  #decides(node: ts.Node): boolean {
    if (isKey(node)) return this.#isKeyOfAny(node);
    if (!ts.isExpression(node)) return false;
    const { parent } = node;
    if (ts.isBinaryExpression(parent)) {
      const other = parent.left === node ? parent.right : parent.left;
      return this.#isOpen(this.#checker.getTypeAtLocation(other), node);
    }
    if (ts.isCaseClause(parent)) {
      const { expression } = parent.parent.parent;
      return this.#isOpen(this.#checker.getTypeAtLocation(expression), node);
    }
    return this.#isOpen(this.#checker.getContextualType(node), node);
  }

  /** Whether a type permits any text; a definition always counts. */
  #isOpen(type: ts.Type | undefined, node: ts.Expression): boolean {
    return !ts.isStringLiteralLike(node) || type === undefined || isAnyText(type);
  }

  #isKeyOfAny(key: ts.Identifier | ts.StringLiteral): boolean {
    const { parent: literal } = key.parent;
    if (!literal || !ts.isObjectLiteralExpression(literal)) return false;
    const expected = this.#checker.getContextualType(literal);
    const kinds = expected?.isUnion() ? expected.types : [expected];
    return kinds.some((kind) => kind?.getStringIndexType() && !kind.getProperty(key.text));
  }
}

const isKey = (node: ts.Node): node is ts.Identifier | ts.StringLiteral => {
  const isName = ts.isIdentifier(node) || ts.isStringLiteral(node);
  return isName && ts.isObjectLiteralElement(node.parent) && node.parent.name === node;
};

/**
 * How a name at the place of a node could decide. Judged by the form of the code alone, because to ask for
 * types takes far longer.
 */
const placeOf = (node: ts.Node): Decision['how'] | undefined => {
  if (isKey(node)) return 'a key';
  if (!ts.isExpression(node)) return undefined;
  const { parent } = node;
  if (ts.isBinaryExpression(parent)) return EQUALITY.has(parent.operatorToken.kind) ? 'compared' : undefined;
  if (ts.isCaseClause(parent)) return 'compared';
  if (ts.isArrayLiteralExpression(parent)) return 'listed';
  const isLookup =
    ts.isCallExpression(parent) &&
    ts.isPropertyAccessExpression(parent.expression) &&
    LOOKUPS.includes(parent.expression.name.text);
  return isLookup ? 'looked up' : undefined;
};

const ANY_TEXT = ts.TypeFlags.String | ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.TypeParameter;

/** Whether a value of the type may be any text. */
const isAnyText = (type: ts.Type): boolean =>
  type.isUnion() ? type.types.some(isAnyText) : (type.flags & ANY_TEXT) !== 0;
