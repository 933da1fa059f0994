package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.maas.registry.Action.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Lets Lincheck make up what threads do at once, run it many times over, and judge the answers. Only at night: it takes a quarter
 * of a minute to get going, and by day {@link FileRegistryStoreHistoryTest} asks the same.
 */
@EnabledIfSystemProperty(named = "maas.nightly", matches = "true", disabledReason = "slow to start")
class FileRegistryStoreLincheckTest {
    @Test
    void answersOfThreadsAreLinearizable() {
        options(100, 200).check(Threads.class);
    }

    @Test
    void answersOfARegistryWithoutLocksAreNot() {
        assertThatThrownBy(() -> options(20, 200).check(Unlocked.class)).isInstanceOf(LincheckAssertionError.class);
    }

    private static StressOptions options(int iterations, int invocations) {
        return new StressOptions()
                .threads(3)
                .actorsBefore(2)
                .actorsPerThread(3)
                .actorsAfter(2)
                .iterations(iterations)
                .invocationsPerIteration(invocations)
                .sequentialSpecification(Sequential.class);
    }

    /** The actions, one method each, as Lincheck wants them. */
    @Param(name = "version", gen = IntGen.class, conf = "1:4")
    public abstract static class Actions {
        private final AtomicLong contents = new AtomicLong();

        abstract String act(Action action);

        @Operation
        public String publish() {
            return act(new Action(Kind.PUBLISH, contents.incrementAndGet()));
        }

        @Operation
        public String delete(@Param(name = "version") int version) {
            return act(new Action(Kind.DELETE, version));
        }

        @Operation
        public String point(@Param(name = "version") int version) {
            return act(new Action(Kind.POINT, version));
        }

        @Operation
        public String rollback() {
            return act(new Action(Kind.ROLLBACK, 0));
        }

        @Operation
        public String readAlias() {
            return act(new Action(Kind.READ_ALIAS, 0));
        }

        @Operation
        public String readVersions() {
            return act(new Action(Kind.READ_VERSIONS, 0));
        }
    }

    /** The registry in a folder; Lincheck makes one for each run and never says when it is over. */
    public static final class Threads extends Actions {
        private static final Path FOLDER = temporary();

        private final StoredModelRegistry registry;

        public Threads() {
            try {
                if (Files.exists(FOLDER)) {
                    MoreFiles.deleteRecursively(FOLDER, RecursiveDeleteOption.ALLOW_INSECURE);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            registry = Artifacts.open(FOLDER, new UnsyncedDisk());
        }

        private static Path temporary() {
            try {
                Path folder = Files.createTempDirectory("lincheck");
                folder.toFile().deleteOnExit();
                return folder.resolve("registry");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        String act(Action action) {
            return action.to(registry);
        }
    }

    /** What is true if nothing happens at once. */
    public static class Sequential extends Actions {
        Action.Truth truth = Action.Truth.EMPTY;

        @Override
        String act(Action action) {
            Action.Truth.Step step = truth.after(action);
            truth = step.next();
            return step.answer();
        }
    }

    /** The same, asked by several threads. */
    public static final class Unlocked extends Sequential {
        @Override
        String act(Action action) {
            Action.Truth before = truth;
            LockSupport.parkNanos(1); // Lets the others in between.
            Action.Truth.Step step = before.after(action);
            truth = step.next();
            return step.answer();
        }
    }
}
