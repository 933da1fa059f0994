package io.maas.registry;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Runs Java under {@code strace}, which can end it or let it fail at any one of its system calls. */
final class Straced {
    /** Everything that changes a disk; the numbers of other calls are not known to differ from one run to the next. */
    private static final String CALLS = "openat,mkdir,rename,renameat,renameat2,unlink,unlinkat,rmdir,write,pwrite64,"
            + "fsync,fdatasync,ftruncate,chmod,fchmod,fchmodat,link,linkat,utimensat";

    private static final Pattern LINE = Pattern.compile("(\\d+) +(\\w+)\\((.*)");

    private final Path log;

    Straced(Path log) {
        this.log = log;
    }

    /**
     * A system call that changes something.
     *
     * @param number how many of this name the thread has made, with this one
     */
    record Call(String name, int number) {}

    /** Whether it is there and may trace. */
    static boolean isAvailable() {
        try {
            Process process = new ProcessBuilder("strace", "-f", "-e", "trace=none", "true")
                    .redirectErrorStream(true)
                    .start();
            process.getInputStream().readAllBytes();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * What a program said and did until its end.
     *
     * @param calls those that change something below the folder, in order; the one that it was killed at may be missing
     */
    record Run(int exit, String output, List<Call> calls) {}

    /** Runs a program undisturbed. */
    Run undisturbed(Path folder, Class<?> main, String... arguments) throws IOException {
        return run(List.of(), folder, main, arguments);
    }

    /** Runs a program that is killed when it is about to make a call. */
    Run killedAt(Call call, Path folder, Class<?> main, String... arguments) throws IOException {
        return at(call, "signal=KILL", folder, main, arguments);
    }

    /** Runs a program one of whose calls does nothing but fail. */
    Run failingAt(Call call, String error, Path folder, Class<?> main, String... arguments) throws IOException {
        return at(call, "error=" + error, folder, main, arguments);
    }

    private Run at(Call call, String what, Path folder, Class<?> main, String... arguments) throws IOException {
        String inject = "inject=" + call.name() + ":" + what + ":when=" + call.number();
        return run(List.of("-e", inject), folder, main, arguments);
    }

    private List<Call> calls(Path folder) throws IOException {
        List<Call> calls = new ArrayList<>();
        Map<String, Integer> counts = new HashMap<>();
        for (String line : Files.readAllLines(log)) {
            Matcher call = LINE.matcher(line);
            if (call.lookingAt()) {
                int number = counts.merge(call.group(1) + call.group(2), 1, Integer::sum);
                if (changes(call.group(2), call.group(3), folder)) {
                    calls.add(new Call(call.group(2), number));
                }
            }
        }
        return calls;
    }

    private static boolean changes(String name, String arguments, Path folder) {
        return arguments.contains(folder.toString()) && (!name.equals("openat") || arguments.contains("O_CREAT"));
    }

    private Run run(List<String> options, Path folder, Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("strace", "-f", "-y", "-s", "16", "-e", "trace=" + CALLS));
        command.addAll(options);
        command.addAll(List.of("-o", log.toString()));
        command.addAll(java(main, arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            // From Java 24 on the JVM warns of what protobuf does with memory.
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("WARNING: "))
                    .collect(Collectors.joining("\n"));
            return new Run(process.waitFor(), output, calls(folder));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** The command that starts a class of the tests in a small JVM. */
    static List<String> java(Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xint", // Its compilers would make as many system calls again.
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-XX:-UseContainerSupport", // Else it opens files of its own whenever it likes.
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        return command;
    }
}
