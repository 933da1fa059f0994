package io.maas.registry;

import io.maas.error.DuplicateVersionException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Another process that writes to a registry and says on its standard output what was acknowledged. */
final class RegistryProcess {
    private RegistryProcess() {}

    static Process start(Path root, int id, int count) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return new ProcessBuilder(
                        java,
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xshare:auto",
                        "-cp",
                        System.getProperty("java.class.path"),
                        RegistryProcess.class.getName(),
                        root.toString(),
                        String.valueOf(id),
                        String.valueOf(count))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** The words of each line acknowledged; a line that was cut off when the process died does not count. */
    static List<List<String>> acknowledged(String output) {
        String whole = output.substring(0, output.lastIndexOf('\n') + 1);
        return whole.lines().map(line -> List.of(line.split(" "))).toList();
    }

    static String read(BufferedReader reader) throws IOException {
        StringBuilder all = new StringBuilder();
        char[] chunk = new char[1024];
        for (int n = reader.read(chunk); n >= 0; n = reader.read(chunk)) {
            all.append(chunk, 0, n);
        }
        return all.toString();
    }

    /**
     * Publishes, points two aliases at what it published, the one back again, deletes what it published before, and collects,
     * over and over. It says before what it is about to do to its own alias and versions, and afterwards that it was done.
     */
    public static void main(String... args) {
        StoredModelRegistry registry = StoredModelRegistry.open(Path.of(args[0]));
        int id = Integer.parseInt(args[1]);
        int count = Integer.parseInt(args[2]);
        String alias = "of-" + id;
        int before = 0;
        for (int i = 0; i < count; i++) {
            try {
                Version version = registry.publish("shared", Artifacts.of(id * 1_000_000L + i));
                say("published " + version.number() + " " + version.digest());
                point(registry, alias, version.number());
                registry.setAlias("shared", "common", version.number());
                if (i % 4 == 3) {
                    say("pointing " + alias + " " + before);
                    say("pointed " + alias + " "
                            + registry.rollback("shared", alias).number());
                    point(registry, alias, version.number());
                }
                if (i % 3 == 2) {
                    delete(registry, before);
                }
                if (i % 8 == 7) {
                    registry.collectGarbage();
                }
                before = version.number();
            } catch (DuplicateVersionException e) {
                say("duplicate " + e.existingVersion());
            }
        }
    }

    private static void point(ModelRegistry registry, String alias, int number) {
        say("pointing " + alias + " " + number);
        registry.setAlias("shared", alias, number);
        say("pointed " + alias + " " + number);
    }

    private static void delete(ModelRegistry registry, int number) {
        say("deleting " + number);
        try {
            registry.delete("shared", number);
            say("deleted " + number);
        } catch (IllegalStateException e) {
            say("kept " + number);
        }
    }

    static void say(String line) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        System.out.write(bytes, 0, bytes.length);
        System.out.flush();
    }

    static Stream<Integer> numbers(List<List<String>> lines) {
        return lines.stream().filter(line -> line.get(0).equals("published")).map(line -> Integer.valueOf(line.get(1)));
    }
}
