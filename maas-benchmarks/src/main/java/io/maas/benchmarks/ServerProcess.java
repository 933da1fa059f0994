package io.maas.benchmarks;

import io.maas.Maas;
import io.maas.model.Artifact;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A server in a JVM of its own. What it says goes into a file, as in service. */
final class ServerProcess implements AutoCloseable {
    private static final Pattern LISTENING = Pattern.compile("listening on (http://\\S+)");
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** As the build leaves it. */
    private static final Path JAR = Path.of("../maas-server/target/maas-server.jar");

    private final Process process;
    private final Path log;
    private final URI uri;

    private ServerProcess(Process process, Path log) throws InterruptedException {
        this.process = process;
        this.log = log;
        this.uri = awaitUri();
    }

    /** The program {@code maas-server}, with models in service and more arguments. */
    static ServerProcess program(List<String> jvm, Map<String, Artifact> models, String... more)
            throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("maas-network");
        try (Maas maas = Maas.open(folder.resolve("models"))) {
            models.forEach(maas.registry()::publish);
        }
        List<String> program = new ArrayList<>(program(folder, models.keySet(), 0));
        program.addAll(List.of(more));
        return start(jvm, program);
    }

    /** The program and its arguments. */
    static List<String> program(Path folder, Iterable<String> models, int port) {
        return List.of(
                "-jar",
                JAR.toString(),
                "--registry",
                folder.resolve("models").toString(),
                "--training",
                folder.resolve("training").toString(),
                "--port",
                Integer.toString(port),
                "--deploy",
                String.join(",", models));
    }

    /** A main class of this class path that says {@code listening on} and where. */
    static ServerProcess main(List<String> jvm, List<String> main) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(main);
        return start(jvm, command);
    }

    private static ServerProcess start(List<String> jvm, List<String> program)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(jvm);
        command.addAll(program);
        Path log = Files.createTempFile("maas-server", ".log");
        return new ServerProcess(launch(command, log), log);
    }

    /** Starts a JVM. */
    static Process launch(List<String> arguments, Path log) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(arguments);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    private URI awaitUri() throws InterruptedException {
        long start = System.nanoTime();
        while (process.isAlive() && System.nanoTime() - start < PATIENCE.toNanos()) {
            Matcher said = LISTENING.matcher(log());
            if (said.find()) {
                return URI.create(said.group(1));
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        process.destroyForcibly();
        throw new IllegalStateException("the server does not listen (expected: it does); it said: " + log());
    }

    private String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether a line of what it has said has this in it. */
    boolean hasSaid(String text) {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.anyMatch(line -> line.contains(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    URI uri() {
        return uri;
    }

    InetSocketAddress address() {
        return new InetSocketAddress(uri.getHost(), uri.getPort());
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Seconds of processors that it has taken. */
    double cpuSeconds() {
        return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
    }

    /** Memory that it has now, in MiB; of Linux. */
    double residentMiB() {
        return residentMiB(process);
    }

    static double residentMiB(Process process) {
        try {
            Matcher said = RESIDENT.matcher(Files.readString(Path.of("/proc", Long.toString(process.pid()), "status")));
            if (!said.find()) {
                throw new IllegalStateException("no VmRSS (expected: Linux)");
            }
            return Long.parseLong(said.group(1)) / 1024.0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        end(process);
        try {
            Files.delete(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void end(Process process) {
        process.destroy();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
