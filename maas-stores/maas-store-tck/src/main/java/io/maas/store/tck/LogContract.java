package io.maas.store.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.primitives.Bytes;
import io.maas.registry.Head;
import io.maas.registry.LogName;
import io.maas.registry.LogName.Kind;
import io.maas.registry.RegistryStore;
import io.maas.registry.StoreConflictException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Logs grow by whole lines, and each line has one writer. */
abstract class LogContract {
    private static final LogName DIGITS = new LogName(Kind.MODEL, "digits");

    private final RegistryStoreContract fixture;
    private RegistryStore store;
    private RegistryStore other;

    LogContract(RegistryStoreContract fixture) {
        this.fixture = fixture;
    }

    @BeforeEach
    void open() throws IOException {
        store = fixture.open();
        other = fixture.open();
    }

    private static byte[] line(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Head append(RegistryStore store, LogName log, byte[] line) throws IOException {
        return store.write(() -> {
            Head head = store.head(log);
            store.append(log, head, line);
            return head.after(line);
        });
    }

    private static String text(RegistryStore store, LogName log) throws IOException {
        return new String(store.read(log, Head.empty(log.model()), store.head(log)), StandardCharsets.UTF_8);
    }

    @Test
    void aLogThatIsNotThereIsEmpty() throws IOException {
        assertThat(store.head(DIGITS)).isEqualTo(Head.empty("digits"));
        assertThat(text(store, DIGITS)).isEmpty();
        for (Kind kind : Kind.values()) {
            assertThat(store.names(kind)).isEmpty();
        }
        store.sync(DIGITS);
        assertThat(store.names(Kind.MODEL)).isEmpty();
    }

    @Test
    void everyoneSeesALineWhenItsWriterDoes() throws IOException {
        Head one = append(store, DIGITS, line("{\"ü\":\"1\"}"));
        assertThat(other.head(DIGITS)).isEqualTo(one);
        Head two = append(other, DIGITS, line("two"));
        assertThat(store.head(DIGITS)).isEqualTo(two).isEqualTo(one.after(line("two")));
        for (RegistryStore any : List.of(store, other, fixture.open())) {
            assertThat(text(any, DIGITS)).isEqualTo("{\"ü\":\"1\"}\ntwo\n");
            assertThat(any.read(DIGITS, one, two)).isEqualTo(line("two\n"));
            assertThat(any.read(DIGITS, two, two)).isEmpty();
        }
    }

    @Test
    void logsOfEachKindAndNameAreApart() throws IOException {
        LogName deployment = new LogName(Kind.DEPLOYMENT, "digits");
        LogName longest = new LogName(Kind.MODEL, "a".repeat(124) + ".-_0");
        append(store, DIGITS, line("model"));
        append(store, deployment, line("deployment"));
        append(store, longest, line("long"));
        assertThat(other.names(Kind.MODEL)).containsExactlyInAnyOrder("digits", longest.model());
        assertThat(other.names(Kind.DEPLOYMENT)).containsExactly("digits");
        assertThat(text(other, DIGITS)).isEqualTo("model\n");
        assertThat(text(other, deployment)).isEqualTo("deployment\n");
        assertThat(text(other, longest)).isEqualTo("long\n");
    }

    @Test
    void aWriterWhoKnowsAnotherHeadIsRefused() throws IOException {
        Head none = Head.empty("digits");
        Head one = append(store, DIGITS, line("one"));
        Head two = append(other, DIGITS, line("two"));
        Head forged = none.after(line("one")).after(line("owt"));
        for (Head wrong : List.of(none, one, forged, two.after(line("three")))) {
            assertThatThrownBy(() -> store.write(() -> {
                        store.append(DIGITS, wrong, line("wrong"));
                        return true;
                    }))
                    .as("expecting %s", wrong)
                    .isInstanceOf(StoreConflictException.class);
        }
        LogName iris = new LogName(Kind.MODEL, "iris");
        assertThatThrownBy(() -> store.write(() -> {
                    store.append(iris, Head.empty("iris").after(line("lost")), line("wrong"));
                    return true;
                }))
                .isInstanceOf(StoreConflictException.class);
        assertThat(text(fixture.open(), DIGITS)).isEqualTo("one\ntwo\n");
        assertThat(store.head(iris)).isEqualTo(Head.empty("iris"));
    }

    @Test
    void aSectionThatFailsKeepsNobodyOut() throws IOException {
        append(store, DIGITS, line("one"));
        assertThatThrownBy(() -> store.write(() -> {
                    throw new IllegalStateException("body");
                }))
                .hasMessage("body");
        assertThatThrownBy(() -> store.write(() -> {
                    throw new IOException("body");
                }))
                .hasMessage("body");
        append(other, DIGITS, line("two"));
        append(store, DIGITS, line("three"));
        assertThat(text(other, DIGITS)).isEqualTo("one\ntwo\nthree\n");
    }

    @Test
    void aSectionSeesWhatWasWrittenBeforeIt() throws IOException {
        append(store, DIGITS, line("one"));
        store.head(DIGITS);
        Head two = append(other, DIGITS, line("two"));
        assertThat(store.<Head>write(() -> store.head(DIGITS))).isEqualTo(two);
    }

    @Test
    void anyPartOfALongLogIsRead() throws IOException {
        List<Head> heads = new ArrayList<>(List.of(Head.empty("digits")));
        byte[] all = new byte[0];
        for (int i = 0; i < 60; i++) {
            // One is larger than any buffer is likely to be.
            byte[] line = line(i + "x".repeat(i == 30 ? 200_000 : i * 7));
            heads.add(append(i % 2 == 0 ? store : other, DIGITS, line));
            all = Bytes.concat(all, line, new byte[] {'\n'});
        }
        RegistryStore fresh = fixture.open();
        for (int from = 0; from < heads.size(); from += 7) {
            for (int to = from; to < heads.size(); to += 5) {
                assertThat(fresh.read(DIGITS, heads.get(from), heads.get(to)))
                        .as("lines %d to %d", from, to)
                        .isEqualTo(Arrays.copyOfRange(all, (int) heads.get(from).bytes(), (int)
                                heads.get(to).bytes()));
            }
        }
    }

    @Test
    void aReaderOfAnotherLogGetsNoMoreThanThereIs() throws IOException {
        Head one = append(store, DIGITS, line("one"));
        Head longer = one.after(line("of a backup that was put back"));
        Head longest = longer.after(line("more"));
        assertThat(store.read(DIGITS, one, longer)).isEmpty();
        assertThat(store.read(DIGITS, longer, longest)).isEmpty();
    }

    @Test
    void noLineOfManyWritersIsLost() throws Exception {
        int threads = 6;
        int each = 8;
        Crowd.of(threads, thread -> {
            RegistryStore mine = thread % 2 == 0 ? store : other;
            for (int i = 0; i < each; ) {
                try {
                    append(mine, DIGITS, line(thread + "-" + i));
                    i++;
                } catch (StoreConflictException e) {
                    Thread.onSpinWait();
                }
            }
            return thread;
        });
        List<String> lines = text(store, DIGITS).lines().toList();
        assertThat(lines).hasSize(threads * each).doesNotHaveDuplicates();
        for (int t = 0; t < threads; t++) {
            String prefix = t + "-";
            assertThat(lines.stream().filter(line -> line.startsWith(prefix)))
                    .isSortedAccordingTo((a, b) -> Integer.compare(number(a), number(b)));
        }
        assertThat(store.head(DIGITS).sequence()).isEqualTo((long) threads * each);
    }

    private static int number(String line) {
        return Integer.parseInt(line.substring(line.indexOf('-') + 1));
    }
}
