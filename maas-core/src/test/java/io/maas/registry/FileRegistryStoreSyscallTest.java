package io.maas.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.registry.Straced.Call;
import io.maas.registry.Straced.Run;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kills a process at each of its system calls that change the registry's folder, or lets that call fail: every one of every
 * kind of change at night, some of them by day.
 */
@EnabledIf(
        value = "io.maas.registry.Straced#isAvailable",
        disabledReason = "needs strace and leave to trace: apt-get install strace, docker run --cap-add=SYS_PTRACE")
class FileRegistryStoreSyscallTest {
    private static final boolean NIGHTLY = Boolean.getBoolean("maas.nightly");

    @TempDir
    Path temporary;

    private Path folder;
    private Straced straced;

    @BeforeEach
    void prepare() throws IOException {
        folder = temporary.toRealPath();
        straced = new Straced(folder.resolve("strace.log"));
    }

    /** All calls of a change. */
    private List<Call> calls(Aftermath aftermath) throws IOException {
        Path root = aftermath.copy(folder.resolve(aftermath.write() + " learnt"));
        Run run = straced.undisturbed(root, OneWrite.class, arguments(aftermath, root));
        assertThat(run.output()).isEqualToIgnoringNewLines(OneWrite.DONE);
        assertThat(run.calls()).extracting(Call::name).contains("openat", "fsync");
        return run.calls();
    }

    /** By day one kind of change or two, others if the seed is another. */
    static List<Write> killed() {
        return NIGHTLY ? List.of(Write.values()) : some(List.of(Write.values()), 2);
    }

    static List<Write> failed() {
        return NIGHTLY ? List.of(Write.values()) : some(List.of(Write.values()), 1);
    }

    /** Which of the calls are to be struck. */
    private static List<Integer> struck(List<Call> calls) {
        List<Integer> all = IntStream.range(0, calls.size()).boxed().toList();
        return NIGHTLY ? all : some(all, 1);
    }

    private static <T> List<T> some(List<T> all, int count) {
        List<T> shuffled = new ArrayList<>(all);
        Collections.shuffle(shuffled, new Random(Long.getLong("maas.seed", 1)));
        return shuffled.subList(0, count);
    }

    /** One that every call meets at night, and one of the rest. */
    private static List<String> errors(int call) {
        String rare = List.of("ENOSPC", "EROFS", "EACCES", "EDQUOT").get(call % 4);
        return NIGHTLY ? List.of("EIO", rare) : List.of(rare);
    }

    private static String[] arguments(Aftermath aftermath, Path root) {
        return new String[] {
            root.toString(), aftermath.write().name(), aftermath.base().toString()
        };
    }

    @ParameterizedTest
    @MethodSource("killed")
    void aProcessKilledAtAnySystemCallLosesNothingAndLeavesNothing(Write write) throws IOException {
        Aftermath aftermath = Aftermath.of(write, folder);
        List<Call> calls = calls(aftermath);
        for (int i : struck(calls)) {
            String title = write + " killed at call " + i + " of " + calls;
            Path root = aftermath.copy(folder.resolve(write + " killed at " + i));
            Run run = straced.killedAt(calls.get(i), root, OneWrite.class, arguments(aftermath, root));
            assertThat(run.exit()).as("%s: %s", title, run).isEqualTo(128 + 9);
            assertThat(run.calls()).as(title).hasSizeBetween(i, i + 1);
            assertThat(run.calls().subList(0, i)).as(title).isEqualTo(calls.subList(0, i));
            aftermath.check(title, root, run.output().startsWith(OneWrite.DONE));
        }
    }

    @ParameterizedTest
    @MethodSource("failed")
    void anySystemCallMayFailAndAllGoesOn(Write write) throws IOException {
        Aftermath aftermath = Aftermath.of(write, folder);
        List<Call> calls = calls(aftermath);
        for (int i : struck(calls)) {
            for (String error : errors(i)) {
                String title = write + " with " + error + " at call " + i + " of " + calls;
                Path root = aftermath.copy(folder.resolve(write + " with " + error + " at " + i));
                Run run = straced.failingAt(calls.get(i), error, root, OneWrite.class, arguments(aftermath, root));
                assertThat(run.exit()).as("%s: %s", title, run).isZero();
                assertThat(run.calls()).as(title).contains(calls.get(i));
                if (calls.get(i).name().equals("fsync")) {
                    assertThat(run.output()).as(title).startsWith("refused: registry ");
                }
                aftermath.check(title, root, run.output().contains(OneWrite.DONE));
            }
        }
    }
}
