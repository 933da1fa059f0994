package io.maas.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.backend.Diagnosis.Finding;
import io.maas.backend.Diagnosis.Outcome;
import io.maas.backend.Diagnosis.Trial;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Enumeration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class DoctorTest {
    private static final String BACKENDS = FakeBackends.class.getName() + "$";

    @TempDir
    Path folder;

    private List<String> arguments = List.of();
    private int javaFeature = 17;
    private String architecture = "amd64";
    private Duration limit = Duration.ofMinutes(1);
    private Path temporary = Path.of(System.getProperty("java.io.tmpdir"));

    /** Without the engines on the test's own class path. */
    private Diagnosis diagnose(Path... classPath) throws IOException {
        URL[] urls = new URL[classPath.length + 1];
        urls[0] = folder.toUri().toURL();
        for (int i = 0; i < classPath.length; i++) {
            urls[i + 1] = classPath[i].toUri().toURL();
        }
        try (URLClassLoader loader = new URLClassLoader(urls, getClass().getClassLoader()) {
            @Override
            public Enumeration<URL> getResources(String name) throws IOException {
                return findResources(name);
            }
        }) {
            return new Doctor(new Surroundings(
                            loader,
                            System.getProperty("java.class.path") + File.pathSeparator + folder,
                            arguments,
                            javaFeature,
                            "Linux",
                            architecture,
                            temporary,
                            folder.resolve("root"),
                            limit))
                    .diagnose();
        }
    }

    private void system(String file, String content) throws IOException {
        Path path = folder.resolve("root").resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, content);
    }

    private static String findings(Diagnosis diagnosis) {
        return diagnosis.findings().stream().map(Finding::toString).collect(Collectors.joining("\n"));
    }

    /** A folder that holds what an engine's jar holds. */
    private Path engine(String name, String... files) throws IOException {
        Path jar = folder.resolve(name);
        for (String file : files) {
            Files.createDirectories(jar.resolve(file).getParent());
            Files.writeString(jar.resolve(file), "");
        }
        return jar;
    }

    @Test
    void backendsAreTriedInProcessesOfTheirOwn() throws Exception {
        FakeBackends.offer(
                folder,
                BACKENDS + "Working",
                BACKENDS + "Unlinked",
                BACKENDS + "LateUnlinked",
                BACKENDS + "Crashing",
                "no.such.Backend");
        Diagnosis diagnosis = diagnose();

        assertThat(diagnosis.isHealthy()).isFalse();
        assertThat(trial(diagnosis, BACKENDS + "Working"))
                .isEqualTo(new Trial(BACKENDS + "Working", "working", "1.2.3", Outcome.WORKS, ""));
        assertThat(trial(diagnosis, BACKENDS + "Unlinked").details())
                .contains("UnsatisfiedLinkError: no engine in java.library.path");
        assertThat(trial(diagnosis, BACKENDS + "LateUnlinked").details()).contains("libgomp.so.1: cannot open");
        Trial crash = trial(diagnosis, BACKENDS + "Crashing");
        assertThat(crash.outcome()).isEqualTo(Outcome.FAILS);
        assertThat(crash.details()).startsWith("its process ended with code ").contains("SIGSEGV");
        assertThat(trial(diagnosis, "no.such.Backend").outcome()).isEqualTo(Outcome.FAILS);
        assertThat(diagnosis.toString())
                .contains("\nbackend: working 1.2.3 works\n")
                .contains("\nbackend: no.such.Backend does not work: ");
    }

    private static Trial trial(Diagnosis diagnosis, String type) {
        return diagnosis.backends().stream()
                .filter(trial -> trial.type().equals(type))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void oneThatHangsIsGivenUp() throws Exception {
        FakeBackends.offer(folder, BACKENDS + "Hanging");
        limit = Duration.ofSeconds(3);

        assertThat(diagnose().backends())
                .extracting(Trial::outcome, Trial::details)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(Outcome.FAILS, "no answer within 3 s"));
    }

    @Test
    void tellsOfTwoCopiesOfAnEngine() throws Exception {
        String marker = KnownEngine.ONNX_RUNTIME.marker();
        String natives = "ai/onnxruntime/native/linux-x64/libonnxruntime.so";
        Path first = engine("onnxruntime-1.29.0", marker, natives);
        Path second = engine("onnxruntime_gpu-1.20.0", marker);

        assertThat(findings(diagnose(first, second)))
                .contains("ONNX Runtime is on the class path 2 times: [")
                .contains("onnxruntime-1.29.0")
                .contains("onnxruntime_gpu-1.20.0")
                .contains("keep one: exclude com.microsoft.onnxruntime:onnxruntime")
                .doesNotContain("has no natives");
    }

    @Test
    void tellsOfNativesThatAreMissing() throws Exception {
        architecture = "aarch64";
        Path nd4j = engine("nd4j", KnownEngine.ND4J.marker());

        assertThat(findings(diagnose(nd4j)))
                .contains("ND4J has no natives for Linux on aarch64 on the class path (expected:"
                        + " org/nd4j/linalg/cpu/nativecpu/bindings/linux-arm64/libjnind4jcpu.so)");
    }

    @Test
    void tellsOfMuslAndOfLongCommandLines() throws Exception {
        system("proc/self/maps", "7f00-7f01 r-xp 00000000 08:01 1 /lib/ld-musl-x86_64.so.1\n");
        system("proc/self/cmdline", "java\0" + "x".repeat(5_000));
        Path runtime = engine("onnxruntime", KnownEngine.ONNX_RUNTIME.marker());

        assertThat(findings(diagnose(runtime)))
                .contains("this system has musl, ONNX Runtime's natives need glibc")
                .contains("the command line has 5005 bytes");
    }

    @Test
    void tellsOfTemporaryFoldersThatNativesCannotBeLoadedFrom() throws Exception {
        system("proc/self/mounts", "/dev/sda1 / ext4 rw 0 0\ntmpfs " + temporary + " tmpfs rw,nosuid,noexec 0 0\n");
        assertThat(findings(diagnose())).contains(temporary + " is mounted noexec");

        temporary = folder.resolve("gone");
        assertThat(findings(diagnose())).contains("gone cannot be written to").contains("-Djava.io.tmpdir");
    }

    @Test
    void tellsOfDeniedNativeAccessAndOfSmallContainers() throws Exception {
        javaFeature = 25;
        arguments = List.of("--illegal-native-access=deny");
        system("sys/fs/cgroup/memory.max", Long.toString(Runtime.getRuntime().maxMemory() + 1) + "\n");

        assertThat(findings(diagnose()))
                .contains("add --enable-native-access=ALL-UNNAMED")
                .contains("which leaves little for models");
        assertThat(diagnose().platform().limitBytes())
                .isEqualTo(Runtime.getRuntime().maxMemory() + 1);
        arguments = List.of("--illegal-native-access=deny", "--enable-native-access=ALL-UNNAMED");
        assertThat(findings(diagnose())).doesNotContain("no natives load");
    }
}
