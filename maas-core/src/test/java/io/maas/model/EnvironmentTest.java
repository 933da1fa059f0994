package io.maas.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvironmentTest {
    @TempDir
    Path folder;

    private String processor(String text) throws IOException {
        return Environment.processor(Files.writeString(folder.resolve("cpuinfo"), text));
    }

    @Test
    void namesTheProcessorAndItsVectorInstructions() throws IOException {
        assertThat(processor("""
                        processor\t: 0
                        model name\t: Some(R) Processor 2.10GHz
                        flags\t\t: fpu vme avx512f fma avx2 pni avx
                        bugs\t\t:

                        processor\t: 1
                        model name\t: Other
                        """)).isEqualTo("Some(R) Processor 2.10GHz: avx avx2 fma avx512f");
        assertThat(processor("processor: 0\nFeatures: fp asimd evtstrm asimddp\nCPU part: 0xd0c\n"))
                .isEqualTo("asimd asimddp");
        assertThat(processor("model name: Plain")).isEqualTo("Plain");
        assertThat(processor("")).isEmpty();
        assertThat(Environment.processor(folder.resolve("none"))).isEmpty();
    }

    @Test
    void isThatOfThisMachine() {
        Environment environment = Environment.current("engine 1.0");

        assertThat(environment.engine()).isEqualTo("engine 1.0");
        assertThat(environment.library()).isEqualTo(LibraryVersion.current());
        assertThat(environment.java()).startsWith(System.getProperty("java.version") + " (");
        assertThat(environment.platform())
                .isEqualTo(System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        assertThat(environment).isEqualTo(Environment.current("engine 1.0"));
    }
}
