package io.maas.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The README names all examples, and each block of Java in the README and in docs/ compiles against the library.
 *
 * <p>A block is statements, or members of a class if it begins with a modifier. All public types of the library are imported. What
 * the text around a block takes as known stands before it in a comment that readers do not see, as fields and methods:
 * {@code <!-- given: Table table; Path folder; -->}.
 */
class DocsTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern BLOCK =
            Pattern.compile("(?ms)(?:^<!-- given:((?:(?!-->).)*)-->\\s*)?^```java\\R(.*?)^```$");
    private static final Pattern OPENING = Pattern.compile("(?m)^[ >]*```java");
    private static final Pattern IMPORT = Pattern.compile("(?m)^[ \\t]*import [^;]+;");
    private static final Pattern MEMBERS = Pattern.compile("\\s*+(public|protected|private|static)\\b");
    private static final List<String> JAVA = List.of(
            "java.io",
            "java.net",
            "java.nio.file",
            "java.time",
            "java.util",
            "java.util.concurrent",
            "java.util.stream");

    private static final JavaCompiler COMPILER = Objects.requireNonNull(
            ToolProvider.getSystemJavaCompiler(),
            "no Java compiler (expected: a JDK); run Maven on a JDK, not on a JRE");

    /** Opened once: it knows the class path by then. */
    private static final StandardJavaFileManager FILES = COMPILER.getStandardFileManager(null, Locale.ENGLISH, null);

    private static final String IMPORTS = imports();

    @TempDir
    Path classes;

    @AfterAll
    static void close() throws IOException {
        FILES.close();
    }

    /** Code of a page: the line of its first line, counted from 1, and what the page gives to it. */
    private record Block(String page, int line, String given, String code) {
        /** The lines before the code. What is given stands last, so that its errors have their line in the page too. */
        String head(String imports) {
            String own = Stream.of(given, code)
                    .flatMap(text -> IMPORT.matcher(text).results())
                    .map(MatchResult::group)
                    .collect(Collectors.joining());
            return imports + own + "class Block {\n" + withoutImports(given) + "\n"
                    + (isMembers() ? "\n" : "void block() throws Exception {\n");
        }

        String body() {
            return withoutImports(code) + (isMembers() ? "}" : "}}");
        }

        private boolean isMembers() {
            return MEMBERS.matcher(withoutImports(code)).lookingAt();
        }

        private static String withoutImports(String text) {
            return IMPORT.matcher(text).replaceAll("");
        }
    }

    @TestFactory
    Stream<DynamicTest> everyBlockCompiles() throws IOException {
        List<Block> blocks = new ArrayList<>(blocks("README.md", Files.readString(ROOT.resolve("README.md"))));
        assertThat(blocks).as("blocks of README.md").isNotEmpty();
        try (Stream<Path> pages = Files.list(ROOT.resolve("docs"))) {
            for (Path page : pages.filter(path -> path.toString().endsWith(".md"))
                    .sorted()
                    .toList()) {
                blocks.addAll(blocks("docs/" + page.getFileName(), Files.readString(page)));
            }
        }
        return blocks.stream()
                .map(block -> DynamicTest.dynamicTest(
                        block.page + ":" + block.line,
                        () -> assertThat(errors(block)).isEmpty()));
    }

    @Test
    void whatDoesNotCompileIsToldByPageAndLine() {
        String page = """
                # Tables

                <!-- given:
                Path file;
                Split split; -->
                ```java
                import java.util.function.Function;

                Table table = Table.readCsv(file, CsvOptions.defaults());
                Dataset data = table.dataset(2.5);
                ```
                A word.

                ```java
                private static Network network() {
                    return Layers.dense(3, 1);
                }
                ```
                """;

        List<Block> blocks = blocks("docs/tables.md", page);

        assertThat(errors(blocks.get(0)))
                .singleElement()
                .asString()
                .startsWith("docs/tables.md:10: incompatible types: double cannot be converted to ");
        assertThat(errors(blocks.get(1)))
                .singleElement()
                .asString()
                .startsWith("docs/tables.md:16: incompatible types: ");
    }

    @Test
    void whatIsGivenCountsForTheNextBlockAlone() {
        String block = "```java\nfile.toString();\n```\n";

        List<Block> blocks = blocks("docs/a.md", "<!-- given: Path file; -->\n" + block + "\n" + block);

        assertThat(errors(blocks.get(0))).isEmpty();
        assertThat(errors(blocks.get(1))).singleElement().asString().startsWith("docs/a.md:7: cannot find symbol");
    }

    @Test
    void aBlockThatIsNotReadIsRefused() {
        assertThatThrownBy(() -> blocks("docs/a.md", "# A\n\n  ```java\n  int x;\n  ```\n"))
                .hasMessageStartingWith("docs/a.md: 1 blocks of Java begin and 0 end");
    }

    @Test
    void theReadmeNamesEveryExample() throws IOException {
        String readme = Files.readString(ROOT.resolve("README.md"));
        List<String> examples = new ArrayList<>();
        try (Stream<Path> files = Files.list(ROOT.resolve("examples/src/main/java/io/maas/examples"))) {
            for (Path file : files.toList()) {
                if (Files.readString(file).contains("public static void main(")) {
                    examples.add("| `" + file.getFileName().toString().replace(".java", "") + "` |");
                }
            }
        }
        assertThat(examples)
                .isNotEmpty()
                .allSatisfy(example -> assertThat(readme).contains(example));
    }

    private static List<Block> blocks(String page, String text) {
        List<Block> blocks = BLOCK.matcher(text)
                .results()
                .map(found -> new Block(
                        page,
                        1 + (int) text.substring(0, found.start(2)).lines().count(),
                        Objects.requireNonNullElse(found.group(1), ""),
                        found.group(2)))
                .toList();
        long openings = OPENING.matcher(text).results().count();
        if (openings != blocks.size()) {
            throw new IllegalArgumentException(page + ": " + openings + " blocks of Java begin and " + blocks.size()
                    + " end (expected: ``` at the beginning of a line before and behind each)");
        }
        return blocks;
    }

    /** What the compiler says against a block, each by page and line. */
    private List<String> errors(Block block) {
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        String head = block.head(IMPORTS);
        JavaFileObject source =
                new SimpleJavaFileObject(URI.create("string:///Block.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return head + block.body();
                    }
                };
        List<String> options = List.of("-proc:none", "-d", classes.toString());
        COMPILER.getTask(new StringWriter(), FILES, found, options, null, List.of(source))
                .call();
        long before = block.line - 1 - head.lines().count();
        return found.getDiagnostics().stream()
                .filter(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)
                .map(error ->
                        block.page + ":" + (before + error.getLineNumber()) + ": " + error.getMessage(Locale.ENGLISH))
                .toList();
    }

    /** All public types of the library, and the usual ones of Java. */
    private static String imports() {
        Set<String> packages = new TreeSet<>(JAVA);
        try {
            for (JavaFileObject type :
                    FILES.list(StandardLocation.CLASS_PATH, "io.maas", EnumSet.of(JavaFileObject.Kind.CLASS), true)) {
                String name = Objects.requireNonNull(FILES.inferBinaryName(StandardLocation.CLASS_PATH, type));
                packages.add(name.substring(0, name.lastIndexOf('.')));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        packages.remove(DocsTest.class.getPackageName());
        // Generated messages, which have the names of other types, and other libraries under another name.
        packages.removeIf(name -> name.startsWith("io.maas.api.wire.") || name.startsWith("io.maas.shaded."));
        return packages.stream().map(name -> "import " + name + ".*;\n").collect(Collectors.joining());
    }
}
