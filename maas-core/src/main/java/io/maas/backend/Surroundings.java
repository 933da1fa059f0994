package io.maas.backend;

import com.google.common.base.Ascii;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The process as the {@link Doctor} sees it.
 *
 * @param loader finds backends and natives
 * @param jvmArguments as the JVM got them, without the class path
 * @param javaFeature such as 17
 * @param root below which the system describes itself, {@code /} but in tests
 * @param limit how long trying one backend may take
 */
record Surroundings(
        @Nullable ClassLoader loader,
        String classPath,
        List<String> jvmArguments,
        int javaFeature,
        String os,
        String architecture,
        Path temporary,
        Path root,
        Duration limit) {
    /** Unpacking and loading takes seconds on a slow disk. */
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Cgroups without a limit give a number near the highest one. */
    private static final long NO_LIMIT = 1L << 60;

    static Surroundings here() {
        return new Surroundings(
                Surroundings.class.getClassLoader(),
                System.getProperty("java.class.path", ""),
                ManagementFactory.getRuntimeMXBean().getInputArguments(),
                Runtime.version().feature(),
                System.getProperty("os.name", ""),
                System.getProperty("os.arch", ""),
                Path.of(System.getProperty("java.io.tmpdir", ".")),
                Path.of("/"),
                LIMIT);
    }

    Platform platform() {
        Runtime runtime = Runtime.getRuntime();
        return new Platform(
                os + " " + System.getProperty("os.version", ""),
                architecture,
                libc(),
                System.getProperty("java.version", "") + " (" + System.getProperty("java.vendor", "") + ")",
                runtime.availableProcessors(),
                runtime.maxMemory(),
                memory(),
                containerLimit(),
                temporary);
    }

    boolean isLinux() {
        return os.equals("Linux");
    }

    private String libc() {
        if (!isLinux()) {
            return "";
        }
        return read("proc/self/maps").contains("ld-musl-") ? "musl" : "glibc";
    }

    private long memory() {
        return read("proc/meminfo")
                .lines()
                .filter(line -> line.startsWith("MemTotal:"))
                .mapToLong(line -> number(line.replaceAll("[^0-9]", "")) << 10)
                .findFirst()
                .orElse(0);
    }

    /** Of version 2 of control groups, then of version 1. */
    private long containerLimit() {
        for (String file : List.of("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes")) {
            long limit = number(read(file).strip());
            if (limit > 0 && limit < NO_LIMIT) {
                return limit;
            }
        }
        return 0;
    }

    /** Whether files in the temporary folder may not be mapped as code, which is what loading natives does. */
    boolean isNoexec() {
        String options = "";
        int longest = -1;
        Path folder = temporary.toAbsolutePath();
        for (String line : read("proc/self/mounts").lines().toList()) {
            // Device, mount point, type, options.
            String[] columns = line.split(" ", -1);
            if (columns.length > 3 && folder.startsWith(columns[1]) && columns[1].length() >= longest) {
                longest = columns[1].length();
                options = columns[3];
            }
        }
        return List.of(options.split(",", -1)).contains("noexec");
    }

    /** Bytes of the command line; what the arguments come to where the system does not tell. */
    long commandLine() {
        String known = read("proc/self/cmdline");
        return known.isEmpty()
                ? classPath.length()
                        + jvmArguments.stream().mapToLong(String::length).sum()
                : known.length();
    }

    /** Whether the JVM got an argument that begins like this. */
    boolean hasArgument(String start) {
        return jvmArguments.stream().anyMatch(argument -> argument.startsWith(start));
    }

    /** {@code linux}, {@code windows} or {@code mac}. */
    String family() {
        String lower = os.toLowerCase(Locale.ROOT);
        return lower.startsWith("windows") ? "windows" : lower.startsWith("mac") ? "mac" : "linux";
    }

    boolean isArm() {
        return Ascii.toLowerCase(architecture).equals("aarch64");
    }

    private String read(String file) {
        try {
            return Files.readString(root.resolve(file), java.nio.charset.StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            // Not such a system.
            return "";
        }
    }

    private static long number(String digits) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
