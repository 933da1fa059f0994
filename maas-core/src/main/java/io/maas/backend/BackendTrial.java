package io.maas.backend;

import io.maas.backend.Diagnosis.Outcome;
import io.maas.backend.Diagnosis.Trial;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs the {@link DoctorProbe} in a process like this one, so that a crash or a hang of natives ends that one only. */
final class BackendTrial {
    /** Options that hold an address, an agent or memory that two processes cannot both have. */
    private static final List<String> NOT_PASSED_ON =
            List.of("-agent", "-javaagent", "-Xrun", "-Xdebug", "-Xms", "-Xlog", "-Dcom.sun.management", "-XX:");

    /** Where a JVM looks for options that the arguments of this process hold already. */
    private static final Set<String> OPTION_VARIABLES =
            Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");

    private final Surroundings surroundings;
    private final String type;

    BackendTrial(Surroundings surroundings, String type) {
        this.surroundings = surroundings;
        this.type = type;
    }

    Trial run() {
        Process process;
        try {
            process = start();
        } catch (IOException e) {
            return new Trial(type, "", "", Outcome.UNKNOWN, "no process can be started: " + e.getMessage());
        }
        CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> read(process.getInputStream()));
        try {
            boolean ended = process.waitFor(surroundings.limit().toMillis(), TimeUnit.MILLISECONDS);
            process.destroyForcibly();
            return judge(output.join(), ended ? process.waitFor() : null);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            return new Trial(type, "", "", Outcome.UNKNOWN, "interrupted while it was tried");
        }
    }

    private Process start() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String argument : surroundings.jvmArguments()) {
            if (NOT_PASSED_ON.stream().noneMatch(argument::startsWith)) {
                command.add(argument);
            }
        }
        command.add("-Djava.io.tmpdir=" + surroundings.temporary());
        command.add("-XX:-CreateCoredumpOnCrash");
        command.add("-XX:+ErrorFileToStdout");
        command.add(DoctorProbe.class.getName());
        command.add(type);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeAll(OPTION_VARIABLES);
        // Not as an argument: natives may choke on a long command line, and that is not what is tried here.
        builder.environment().put("CLASSPATH", surroundings.classPath());
        return builder.start();
    }

    private static String read(InputStream stream) {
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param code null if it did not end in time */
    private Trial judge(String output, @Nullable Integer code) {
        String name = said(output, DoctorProbe.NAME);
        String version = said(output, DoctorProbe.VERSION);
        String failure = said(output, DoctorProbe.FAILS);
        if (!failure.isEmpty()) {
            return new Trial(type, name, version, Outcome.FAILS, failure);
        }
        if (output.contains(DoctorProbe.MARK + DoctorProbe.WORKS)) {
            return new Trial(type, name, version, Outcome.WORKS, "");
        }
        if (code == null) {
            String limit = "no answer within " + surroundings.limit().toSeconds() + " s";
            return new Trial(type, name, version, Outcome.FAILS, limit);
        }
        if (output.contains("Could not find or load main class")) {
            return new Trial(
                    type,
                    "",
                    "",
                    Outcome.UNKNOWN,
                    "the class path of this process ("
                            + surroundings.classPath().length()
                            + " characters) does not hold this library when another process uses it, as with jars in jars");
        }
        return new Trial(
                type, name, version, Outcome.FAILS, "its process ended with code " + code + ": " + lastWords(output));
    }

    private static String said(String output, String what) {
        return output.lines()
                .filter(line -> line.startsWith(DoctorProbe.MARK + what))
                .map(line -> line.substring((DoctorProbe.MARK + what).length()))
                .findFirst()
                .orElse("");
    }

    /** What the JVM says of its crash, or the last line that there is. */
    private static String lastWords(String output) {
        List<String> lines = output.lines().map(String::strip).toList();
        int frame = lines.indexOf("# Problematic frame:");
        if (frame >= 0 && frame + 1 < lines.size()) {
            String signal = lines.stream()
                    .filter(line -> line.startsWith("#  "))
                    .findFirst()
                    .orElse("#");
            return signal.substring(1).strip() + " in "
                    + lines.get(frame + 1).substring(1).strip();
        }
        return lines.stream()
                .filter(line -> !line.isEmpty() && !line.startsWith(DoctorProbe.MARK))
                .reduce((earlier, later) -> later)
                .orElse("it said nothing");
    }
}
