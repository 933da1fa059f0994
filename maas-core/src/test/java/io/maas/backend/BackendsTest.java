package io.maas.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.BackendException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackendsTest {
    private static final String BACKENDS = FakeBackends.class.getName() + "$";

    @TempDir
    Path folder;

    private Backends load(String... types) throws Exception {
        FakeBackends.offer(folder, types);
        try (URLClassLoader loader = new URLClassLoader(
                new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
            return Backends.load(loader);
        }
    }

    @Test
    void brokenBackendsKeepNoOtherOneOut() throws Exception {
        Backends backends = load(
                BACKENDS + "Throwing",
                BACKENDS + "Unlinked",
                "no.such.Backend",
                FakeBackends.class.getName(),
                BACKENDS + "Incomplete",
                BACKENDS + "Working");

        assertThat(backends.all()).extracting(Backend::name).containsExactly("working");
        assertThat(backends.preferred().name()).isEqualTo("working");
        assertThat(backends.failures())
                .extracting(BackendException::backend)
                .containsExactlyInAnyOrder(
                        BACKENDS + "Throwing",
                        BACKENDS + "Unlinked",
                        "no.such.Backend",
                        FakeBackends.class.getName(),
                        BACKENDS + "Incomplete");
    }

    @Test
    void usingABrokenOneByNameSaysWhy() throws Exception {
        Backends backends = load(BACKENDS + "Unlinked", BACKENDS + "Working");

        assertThatThrownBy(() -> backends.named("unlinked"))
                .isInstanceOf(BackendException.class)
                .hasMessageStartingWith("backend \"unlinked\": no such backend; found: [working]; backend \"" + BACKENDS
                        + "Unlinked\": cannot be made: java.lang.UnsatisfiedLinkError: no engine in java.library.path;")
                .hasRootCauseInstanceOf(UnsatisfiedLinkError.class);
        assertThatThrownBy(() -> backends.named("other"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("backend \"other\": no such backend; found: [working]; not to be made: [" + BACKENDS
                        + "Unlinked]; add the artifact that holds it to the class path");
    }

    @Test
    void withoutAnyTheFirstFailureIsTold() throws Exception {
        Backends backends = load(BACKENDS + "Throwing", BACKENDS + "Incomplete");

        assertThatThrownBy(backends::preferred)
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("found: []")
                .hasMessageContaining("no licence");
    }
}
