package io.maas.backend.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.ByteSource;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.BackendException;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a process of its own shows: what is loaded when, what the first session does, what stays in memory. */
class OnnxRuntimeProcessTest {
    @Test
    void nativeCodeIsLoadedWithTheFirstProgramOnly(@TempDir Path empty) throws Exception {
        assertThat(output(List.of("-Donnxruntime.native.path=" + empty), WithoutNativeCode.class))
                .contains("made onnxruntime")
                .contains("backend \"onnxruntime\": the native library cannot be loaded on ");
    }

    /** Runs where the native library cannot be found. */
    static final class WithoutNativeCode {
        private WithoutNativeCode() {}

        public static void main(String[] args) {
            OnnxRuntimeBackend backend = new OnnxRuntimeBackend();
            print("made " + backend.name() + " " + backend.capabilities());
            for (int i = 0; i < 2; i++) {
                try (Program program =
                        backend.load(ByteSource.wrap(Models.perceptron().bytes()), ProgramOptions.serving())) {
                    print("opened " + program.signature());
                } catch (BackendException e) {
                    print(String.valueOf(e.getMessage()));
                }
            }
        }
    }

    @Test
    void flushingDenormalsStaysInsideTheRuntime() throws Exception {
        assertThat(output(List.of(), FlushingFirst.class))
                .contains("before 1.0E-41")
                .contains("after 1.0E-41");
    }

    /** The first program of this process flushes; the arithmetic of Java must not. */
    static final class FlushingFirst {
        private static volatile float small = 1e-38f;

        private FlushingFirst() {}

        public static void main(String[] args) {
            print("before " + small * 1e-3f);
            try (Program program = Models.perceptron().open(new ProgramOptions(1, false, true, true))) {
                program.run(OnnxRuntimeProgramTest.rows(1, 1));
                print("after " + small * 1e-3f);
            }
        }
    }

    @Test
    void runsLeaveNothingBehind() throws IOException {
        Tensors one = OnnxRuntimeProgramTest.rows(1, 1);
        Tensors many = OnnxRuntimeProgramTest.rows(300, 2);
        try (Program program = Models.perceptron().open()) {
            long grown = Long.MAX_VALUE;
            // A leak grows in every round; a heap that has not found its size yet does so only in the first ones.
            for (int round = 0; round < 4 && grown >= 64 * 1024; round++) {
                long start = residentKib();
                for (int i = 0; i < 200_000; i++) {
                    // Forty shapes do not fit the plans that are kept.
                    Tensors request = i % 8 == 0 ? Tensors.of("x", many.get("x").rows(0, i % 40)) : one;
                    assertThat(program.run(request).size()).isOne();
                }
                grown = residentKib() - start;
            }
            assertThat(grown).as("KiB grown in each round of 200,000 runs").isLessThan(64 * 1024);
        }
    }

    private static long residentKib() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return 0;
        }
        System.gc();
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .sum();
    }

    @Test
    void aLongCommandLineDoesNotEndTheProcess() throws Exception {
        assertThat(output(List.of("-Dpadding=" + "x".repeat(100_000)), FlushingFirst.class))
                .contains("after 1.0E-41");
    }

    private static String output(List<String> options, Class<?> main) throws IOException, InterruptedException {
        List<String> command = new java.util.ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        // The build sets it for its own tests; users' processes do not have it.
        builder.environment().remove("ORT_DISABLE_TELEMETRY");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @SuppressWarnings("SystemOut") // Read by the test through the pipe.
    private static void print(String line) {
        System.out.println(line);
    }
}
