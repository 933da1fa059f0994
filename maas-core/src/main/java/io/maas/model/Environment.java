package io.maas.model;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a model was made with: on all that is written here the last bits of its weights may hang. Texts are empty where something is
 * not known.
 *
 * <p>Immutable and thread-safe.
 *
 * @param library the version of this library, such as {@code 0.1.0}
 * @param engine the engine and its version, such as {@code onnxruntime 1.29.0}
 * @param java the runtime and who made it, such as {@code 17.0.15 (Eclipse Adoptium)}
 * @param platform operating system and architecture, such as {@code Linux amd64}
 * @param processor its name and those of its vector instructions that kernels are chosen by
 */
public record Environment(String library, String engine, String java, String platform, String processor) {
    /** What decides which kernels an engine takes. */
    private static final List<String> VECTORS = List.of(
            "avx",
            "avx2",
            "fma",
            "f16c",
            "avx_vnni",
            "avx512f",
            "avx512bw",
            "avx512vl",
            "avx512_vnni",
            "avx512_bf16",
            "amx_int8",
            "amx_bf16",
            "asimd",
            "asimddp",
            "asimdhp",
            "fphp",
            "bf16",
            "i8mm",
            "sve",
            "sve2");

    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

    /**
     * This JVM on this machine.
     *
     * @param engine what did the arithmetic; empty for this library itself
     */
    public static Environment current(String engine) {
        return new Environment(
                LibraryVersion.current(),
                engine,
                System.getProperty("java.version", "") + " (" + System.getProperty("java.vendor", "") + ")",
                System.getProperty("os.name", "") + " " + System.getProperty("os.arch", ""),
                processor(PROCESSORS));
    }

    /** As Linux describes the first processor; empty elsewhere. */
    static String processor(Path description) {
        if (!Files.isReadable(description)) {
            return "";
        }
        String name = "";
        String vectors = "";
        try (BufferedReader lines = Files.newBufferedReader(description)) {
            for (String line = lines.readLine(); line != null && !line.isBlank(); line = lines.readLine()) {
                int colon = line.indexOf(':');
                String key = colon < 0 ? "" : line.substring(0, colon).strip();
                String value = line.substring(colon + 1).strip();
                if (key.equals("model name")) {
                    name = value;
                } else if (key.equals("flags") || key.equals("Features")) {
                    List<String> all = Arrays.asList(value.split(" +"));
                    vectors = VECTORS.stream().filter(all::contains).collect(Collectors.joining(" "));
                }
            }
        } catch (IOException e) {
            // A model is no worse for a processor without a name.
            return "";
        }
        return name.isEmpty() || vectors.isEmpty() ? name + vectors : name + ": " + vectors;
    }
}
