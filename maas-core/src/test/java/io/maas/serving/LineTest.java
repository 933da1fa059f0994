package io.maas.serving;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import io.maas.model.LengthPadding;
import io.maas.tensor.Tensors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LineTest {
    private static final long MILLI = 1_000_000;
    private static final LengthPadding WIDTH = LengthPadding.of(1, "x").withOutputs("y");

    private final AtomicLong now = new AtomicLong();
    private final Ticker clock = new Ticker() {
        @Override
        public long read() {
            return now.get();
        }
    };

    private double fillCost = 1;

    private Line line(BatchOptions batching, @Nullable LengthPadding padding) {
        return new Line(
                DeployOptions.defaults().withBatching(batching), padding, batching.maxRows(), () -> fillCost, clock);
    }

    private Request request(int width) {
        return request(width, null);
    }

    private Request request(int width, @Nullable String caller) {
        return new Request(DoublingProgram.row(new float[width]), null, null, null, caller, now.get());
    }

    private static Tensors rows(int rows) {
        return Tensors.of("x", io.maas.tensor.Tensor.of(new float[rows], rows, 1));
    }

    private Request add(Line line, int width) {
        Request request = request(width);
        line.add(request, 0);
        return request;
    }

    // ---- order

    @Test
    void urgentRequestsGoFirstButNotBeforeWhatHasWaitedLongEnough() {
        Line line = line(BatchOptions.defaults().withMaxRows(1), null);
        Request old = add(line, 1);
        now.set(150 * MILLI);
        Request usual = add(line, 1);
        Request urgent = request(1);
        line.add(urgent, 1);
        Request patient = request(1);
        line.add(patient, -1);

        assertThat(drain(line)).containsExactly(List.of(old), List.of(urgent), List.of(usual), List.of(patient));
    }

    @Test
    void oneCallersManyRequestsDoNotPushBackTheFewOfAnother() {
        Line line = line(BatchOptions.defaults().withMaxRows(1), null);
        line.learn(1, 1, 1, 10 * MILLI);
        for (int i = 0; i < 100; i++) {
            line.add(request(1, "busy"), 0);
        }
        now.set(25 * MILLI);
        Request few = request(1, "quiet");
        line.add(few, 0);

        List<List<Request>> order = drain(line);

        // Those that would have come by then if the busy one asked as fast as it is served: at 0, 10 and 20 ms.
        assertThat(order.indexOf(List.of(few))).isEqualTo(3);
    }

    @Test
    void twoBusyCallersTakeTurns() {
        Line line = line(BatchOptions.defaults().withMaxRows(1), null);
        line.learn(1, 1, 1, 10 * MILLI);
        List<Request> first = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Request request = request(1, "one");
            first.add(request);
            line.add(request, 0);
        }
        for (int i = 0; i < 20; i++) {
            line.add(request(1, "two"), 0);
        }

        List<List<Request>> half = drain(line).subList(0, 20);

        long ofTheFirst =
                half.stream().filter(each -> first.contains(each.get(0))).count();
        assertThat(ofTheFirst).isBetween(8L, 14L);
    }

    @Test
    void equalRanksKeepTheirOrder() {
        Line line = line(BatchOptions.defaults().withMaxRows(1), null);
        List<List<Request>> added = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            added.add(List.of(add(line, 1)));
        }

        assertThat(drain(line)).isEqualTo(added);
    }

    private static List<List<Request>> drain(Line line) {
        List<List<Request>> batches = new ArrayList<>();
        while (line.size() > 0) {
            batches.add(line.takeBatch(null));
        }
        return batches;
    }

    // ---- bounds

    @Test
    void isFullByRowsAndByBytesButTakesAnythingWhenEmpty() {
        Line line = new Line(DeployOptions.defaults().withMaxQueue(4).withMaxQueueBytes(20), null, 64, () -> 1, clock);
        Request three = new Request(rows(3), null, null, null, null, 0);
        Request hundred = new Request(rows(100), null, null, null, null, 0);

        assertThat(line.thatGiveWayTo(hundred, 0)).isEmpty();
        line.add(three, 0);
        assertThat(line.thatGiveWayTo(new Request(rows(1), null, null, null, null, 0), 0))
                .isEmpty();
        assertThat(line.thatGiveWayTo(new Request(rows(2), null, null, null, null, 0), 0))
                .isNull();
        assertThat(line.thatGiveWayTo(request(3), 0)).as("12 and 12 bytes").isNull();
        assertThat(line.takeBatch(null)).containsExactly(three);
        assertThat(line.rows() + line.bytes()).isZero();
    }

    // ---- batches

    @Test
    void aBatchIsOfNearLengthsAroundTheFirstRequest() {
        Line line = line(BatchOptions.defaults(), WIDTH);
        // An element costs the same in any size: what is filled up is lost, so only equal lengths go together.
        for (long elements = 1; elements < 10_000; elements *= 2) {
            line.learn(1, elements, elements, elements * 1000);
        }
        Request first = add(line, 20);
        add(line, 100);
        Request same = add(line, 20);
        add(line, 3);

        assertThat(line.takeBatch(null)).containsExactlyInAnyOrder(first, same);
    }

    @Test
    void wherePaddingIsLeftOutLengthsAreMixed() {
        fillCost = 0;
        Line line = line(BatchOptions.defaults(), WIDTH);
        for (long elements = 1; elements < 10_000; elements *= 2) {
            line.learn(1, elements, 3 * elements, elements * 1000);
        }
        add(line, 20);
        add(line, 100);
        add(line, 3);

        assertThat(line.takeBatch(null)).hasSize(3);
    }

    @Test
    void whereLargeRunsAreCheapLengthsAreMixed() {
        Line line = line(BatchOptions.defaults(), WIDTH);
        // A run costs the same whatever it holds.
        for (long elements = 1; elements < 10_000; elements *= 2) {
            line.learn(1, elements, elements, 1_000_000);
        }
        add(line, 20);
        add(line, 100);
        add(line, 3);

        assertThat(line.takeBatch(null)).hasSize(3);
    }

    @Test
    void stopsWhereALargerRunIsSlowerForWhatItHolds() {
        Line line = line(BatchOptions.defaults(), null);
        for (long elements = 10; elements <= 5120; elements *= 2) {
            // Beyond 80 elements the caches are too small.
            line.learn(1, elements, elements, elements <= 80 ? 1000 + elements * 10 : elements * 100);
            line.learn(
                    1,
                    elements * 3 / 2,
                    elements * 3 / 2,
                    elements * 3 / 2 <= 80 ? 1000 + elements * 15 : elements * 150);
        }
        for (int i = 0; i < 40; i++) {
            add(line, 10);
        }

        assertThat(line.takeBatch(null)).hasSizeBetween(7, 9);
    }

    @Test
    void triesAtMostTwiceWhatItKnows() {
        Line line = line(BatchOptions.defaults(), null);
        line.learn(1, 8, 8, 8000);
        for (int i = 0; i < 64; i++) {
            add(line, 8);
        }

        assertThat(line.takeBatch(null)).hasSize(2);
        line.learn(2, 16, 16, 10_000);
        assertThat(line.takeBatch(null)).hasSizeBetween(4, 5);
    }

    @Test
    void keepsToMaxElementsAndPreferredRows() {
        Line few = line(BatchOptions.defaults().withMaxElements(35), null);
        Line eights = line(BatchOptions.defaults().withPreferredRows(4, 8), null);
        for (int i = 0; i < 20; i++) {
            add(few, 10);
            add(eights, 10);
        }

        assertThat(drain(few)).allMatch(batch -> batch.size() <= 3);
        assertThat(drain(eights).stream().map(List::size)).containsExactly(8, 8, 4);
    }

    @Test
    void keepsToALatencyTargetAsLongAsThatIsPossible() {
        Line line = line(BatchOptions.defaults().withLatencyTarget(Duration.ofMillis(5)), null);
        for (long elements = 1; elements < 200; elements++) {
            line.learn(1, elements, elements, elements * MILLI / 2 + MILLI / 2);
        }
        for (int i = 0; i < 40; i++) {
            add(line, 1);
        }

        assertThat(line.takeBatch(null)).hasSizeBetween(7, 9);
        now.set(10 * MILLI);
        assertThat(line.takeBatch(null)).as("too late: as much as possible").hasSizeGreaterThan(20);
    }

    @Test
    void aFullLineMakesRoomForWhatRanksBeforeItsLast() {
        Line line = new Line(DeployOptions.defaults().withMaxQueue(4), null, 1, () -> 1, clock);
        line.learn(1, 1, 1, 10 * MILLI);
        List<Request> busy = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            busy.add(request(1, "busy"));
            line.add(busy.get(i), 0);
        }
        now.set(5 * MILLI);

        assertThat(line.thatGiveWayTo(request(1, "busy"), 0))
                .as("its own turn is later still")
                .isNull();
        assertThat(line.thatGiveWayTo(request(1, "quiet"), 0)).containsExactly(busy.get(3));
        assertThat(line.thatGiveWayTo(request(1), 0))
                .as("of nobody in particular")
                .containsExactly(busy.get(3));
        assertThat(line.thatGiveWayTo(request(1, "busy"), 2)).as("urgent").containsExactly(busy.get(3));
        assertThat(line.thatGiveWayTo(new Request(rows(3), null, null, null, "quiet", now.get()), 0))
                .containsExactly(busy.get(3), busy.get(2), busy.get(1));
        assertThat(line.thatGiveWayTo(new Request(rows(4), null, null, null, "quiet", now.get()), 0))
                .as("the first one came before it and stays")
                .isNull();
        assertThat(line.size()).isEqualTo(4);
    }

    /** Whatever waits, each request comes out once, in bounded batches, and the first of the line is in the next batch. */
    @Test
    void nothingIsLostOrStarved() {
        Random random = new Random(5);
        for (int round = 0; round < 200; round++) {
            BatchOptions batching = BatchOptions.defaults()
                    .withMaxRows(1 + random.nextInt(20))
                    .withMaxElements(1 + random.nextInt(2000));
            Line line = line(batching, random.nextBoolean() ? WIDTH : null);
            List<Request> waiting = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                now.addAndGet(random.nextInt(3));
                String caller = random.nextBoolean() ? null : "c" + random.nextInt(3);
                Request request = request(1 + random.nextInt(128), caller);
                waiting.add(request);
                line.add(request, random.nextInt(3) - 1);
            }
            List<Request> out = new ArrayList<>();
            while (line.size() > 0) {
                Request head = line.firstUnattended();
                List<Request> batch = line.takeBatch(null);
                assertThat(batch).contains(head);
                assertThat(batch.size()).isLessThanOrEqualTo(batching.maxRows());
                long longest = batch.stream()
                        .mapToLong(each -> each.elementsPerRow)
                        .max()
                        .orElseThrow();
                assertThat(batch.size() == 1 || longest * batch.size() <= batching.maxElements())
                        .isTrue();
                line.learn(batch.size(), longest * batch.size(), longest * batch.size(), 1 + random.nextInt(1_000_000));
                out.addAll(batch);
            }
            assertThat(out).containsExactlyInAnyOrderElementsOf(waiting);
            assertThat(line.rows() + line.bytes()).isZero();
        }
    }
}
