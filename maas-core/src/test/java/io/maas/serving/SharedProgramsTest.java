package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Ticker;
import io.maas.backend.Backend;
import io.maas.backend.Cancellation;
import io.maas.backend.FakeBackends;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.error.BackendException;
import io.maas.error.CancelledException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SharedProgramsTest {
    private static final Backend BACKEND = new FakeBackends.Working();

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final AtomicLong now = new AtomicLong();
    private final Ticker clock = new Ticker() {
        @Override
        public long read() {
            return now.incrementAndGet();
        }
    };
    private final Map<String, List<DoublingProgram>> made = new ConcurrentHashMap<>();
    private final MemoryBudget budget = new MemoryBudget(3);
    private final SharedPrograms programs = new SharedPrograms(budget, executor, clock);

    @AfterEach
    void stop() {
        executor.shutdownNow();
    }

    private static SharedPrograms.Key key(String name) {
        return new SharedPrograms.Key(name, BACKEND, ProgramOptions.serving(), null, true);
    }

    private Program make(String name) {
        DoublingProgram program = new DoublingProgram();
        made.computeIfAbsent(name, fresh -> new CopyOnWriteArrayList<>()).add(program);
        return program;
    }

    private ServedProgram onDemand(String name) {
        return programs.onDemand(
                key(name), 1, () -> make(name), DoublingProgram.SIGNATURE, DoublingProgram.watch(), program -> {});
    }

    private ServedProgram pin(String name) {
        return programs.pin(key(name), 1, () -> make(name));
    }

    private static void use(Program program) {
        assertThat(DoublingProgram.doubled(program.run(DoublingProgram.row(2)))).containsExactly(4);
    }

    private int loads(String name) {
        return made.getOrDefault(name, List.of()).size();
    }

    /** The program that was made first. */
    private DoublingProgram first(String name) {
        return made.getOrDefault(name, List.of()).get(0);
    }

    @Test
    void equalBytesShareOneProgramWhichTheLastHolderFrees() {
        ServedProgram first = pin("a");
        ServedProgram second = pin("a");
        ServedProgram third = onDemand("a");
        use(first);
        use(second);
        use(third);
        first.close();
        first.close();
        second.close();
        assertThat(loads("a")).isOne();
        assertThat(first("a").closes).hasValue(0);

        third.close();
        assertThat(first("a").closes).hasValue(1);
        assertThat(budget.taken()).isZero();
        use(pin("a"));
        assertThat(loads("a")).isEqualTo(2);
    }

    @Test
    void theLeastRecentlyUsedIsUnloadedAndComesBackWhenItIsNeeded() {
        List<ServedProgram> all = new ArrayList<>();
        for (String name : List.of("a", "b", "c", "d")) {
            all.add(onDemand(name));
        }
        for (ServedProgram program : all.subList(0, 3)) {
            use(program);
        }
        use(all.get(0));
        use(all.get(3));

        assertThat(all).extracting(ServedProgram::residentBytes).containsExactly(1L, 0L, 1L, 1L);
        assertThat(first("b").closes).hasValue(1);
        use(all.get(1));
        assertThat(all).extracting(ServedProgram::residentBytes).containsExactly(1L, 1L, 0L, 1L);
        assertThat(budget.taken()).isEqualTo(3);
    }

    @Test
    void whatIsPinnedOrInUseStays() throws Exception {
        ServedProgram pinned = pin("pinned");
        ServedProgram busy = onDemand("busy");
        use(busy);
        DoublingProgram held = first("busy");
        held.entered.drainPermits();
        held.held = true;
        Future<?> run = executor.submit(() -> use(busy));
        held.entered.acquire();
        for (String name : List.of("a", "b", "c", "d")) {
            use(onDemand(name));
        }

        assertThat(pinned.residentBytes()).isOne();
        assertThat(busy.residentBytes()).isOne();
        held.gate.release();
        run.get();
        assertThat(first("pinned").closes).hasValue(0);
        assertThat(budget.taken()).isEqualTo(3);
    }

    @Test
    void itIsLoadedOnceHoweverManyWait() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        ServedProgram program = slow(gate);
        List<Future<?>> uses = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            uses.add(executor.submit(() -> use(program)));
        }
        gate.countDown();
        for (Future<?> each : uses) {
            each.get();
        }

        assertThat(loads("slow")).isOne();
        program.close();
        assertThat(first("slow").closes).hasValue(1);
    }

    private ServedProgram slow(CountDownLatch gate) {
        return programs.onDemand(
                key("slow"),
                1,
                () -> {
                    try {
                        gate.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return make("slow");
                },
                DoublingProgram.SIGNATURE,
                DoublingProgram.watch(),
                loaded -> {});
    }

    @Test
    void whoGivesUpWaitingLeavesNoLease() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        ServedProgram program = slow(gate);
        Cancellation cancellation = new Cancellation();
        Future<?> hasty = executor.submit(() -> program.run(DoublingProgram.row(1), cancellation));
        Future<?> patient = executor.submit(() -> use(program));
        cancellation.cancel();
        assertThatThrownBy(hasty::get).hasCauseInstanceOf(CancelledException.class);
        assertThat(patient).isNotDone();
        gate.countDown();
        patient.get();

        program.close();
        assertThat(first("slow").closes).hasValue(1);
        assertThat(budget.taken()).isZero();
    }

    @Test
    void aLoadThatFailsIsToldAndTriedAgain() {
        AtomicInteger tries = new AtomicInteger();
        ServedProgram program = programs.onDemand(
                key("bad"),
                1,
                () -> {
                    if (tries.incrementAndGet() == 1) {
                        throw new BackendException("doubling", "no memory");
                    }
                    return make("bad");
                },
                DoublingProgram.SIGNATURE,
                DoublingProgram.watch(),
                loaded -> {});

        assertThatThrownBy(() -> use(program))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("no memory");
        assertThat(budget.taken()).isZero();
        use(program);
        assertThat(budget.taken()).isOne();
    }

    /** Programs throw when they run after they were closed. */
    @Test
    void underTrafficNoneIsClosedInUseAndNoneIsLost() throws Exception {
        List<ServedProgram> all = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            all.add(onDemand("p" + i));
        }
        List<Future<?>> users = new ArrayList<>();
        for (int seed = 0; seed < 4; seed++) {
            Random random = new Random(seed);
            users.add(executor.submit(() -> {
                for (int i = 0; i < 3_000; i++) {
                    use(all.get(random.nextInt(all.size())));
                }
            }));
        }
        for (Future<?> user : users) {
            user.get();
        }
        budget.shrink();

        assertThat(budget.taken()).isLessThanOrEqualTo(3);
        all.forEach(ServedProgram::close);
        assertThat(budget.taken()).isZero();
        assertThat(made.values()).allSatisfy(each -> assertThat(each).allMatch(program -> program.closes.get() == 1));
    }
}
