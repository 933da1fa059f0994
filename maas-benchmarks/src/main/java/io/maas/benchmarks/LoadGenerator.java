package io.maas.benchmarks;

import com.google.common.collect.Lists;
import io.maas.benchmarks.Dialogue.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests over many connections from one thread, which costs less than the servers that it measures. Each connection has one
 * request under way.
 *
 * <p>Where requests arrive at a rate, each is due at a time of its own and its time counts from then, whether or not it could be sent: who
 * counts from the sending leaves out just those that a slow server kept waiting ("coordinated omission"; wrk2 and Hyperfoil have it so).
 */
final class LoadGenerator implements AutoCloseable {
    private static final int BUFFER_BYTES = 256 << 10;
    private static final int AT_ONCE = 64;
    private static final double DRAIN_SECONDS = 20;

    /** Between looks at what has come, where the load leaves time for it: each look wakes a thread beside the server's. */
    private static final long PAUSE_NANOS = 300_000;

    private final Selector selector;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final List<Connection> connections = new ArrayList<>();
    private Tally tally = new Tally();
    private int busy;

    /** A connection, and since when its request is under way. */
    private static final class Connection {
        final SocketChannel channel;
        final Dialogue dialogue;
        long due;
        boolean isBusy;
        boolean isClosed;

        Connection(SocketChannel channel, Dialogue dialogue) {
            this.channel = channel;
            this.dialogue = dialogue;
        }

        void write(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                channel.write(bytes); // Requests are small: there is room.
            }
        }
    }

    private LoadGenerator() throws IOException {
        this.selector = Selector.open();
    }

    static LoadGenerator connect(InetSocketAddress server, int number, Supplier<Dialogue> dialogues)
            throws IOException {
        LoadGenerator generator = new LoadGenerator();
        for (int i = 0; i < number; i++) {
            SocketChannel channel = SocketChannel.open(server);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            Connection connection = new Connection(channel, dialogues.get());
            channel.register(generator.selector, SelectionKey.OP_READ, connection);
            connection.write(connection.dialogue.opening());
            generator.connections.add(connection);
        }
        return generator;
    }

    /** All connections at once on some threads, each sending its next request when the last one was answered. */
    static Tally closed(
            InetSocketAddress server, int connections, int threads, Supplier<Dialogue> dialogues, double seconds)
            throws IOException, InterruptedException {
        List<LoadGenerator> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            all.add(connect(server, connections / threads, dialogues));
        }
        Tally sum = new Tally();
        List<Thread> running = new ArrayList<>();
        for (LoadGenerator each : all) {
            Thread thread = new Thread(() -> {
                Tally tally = each.closed(seconds);
                synchronized (sum) {
                    sum.add(tally);
                }
            });
            thread.start();
            running.add(thread);
        }
        for (Thread thread : running) {
            thread.join();
        }
        for (LoadGenerator each : all) {
            each.close();
        }
        return sum.within(seconds);
    }

    /** Each connection sends its next request when the last one was answered. */
    Tally closed(double seconds) {
        tally = new Tally();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        Consumer<Connection> next = connection -> {
            long now = System.nanoTime();
            if (now < end) {
                send(connection, now);
            }
        };
        connections.stream().filter(each -> !each.isClosed).forEach(next);
        while (System.nanoTime() < end && busy > 0) {
            poll(1, end, next);
        }
        drain(end, connection -> {});
        return tally.within(seconds);
    }

    /** One request on each connection. */
    Tally once() {
        return times(1);
    }

    /** So many requests on each connection, not all connections at once. */
    Tally times(int number) {
        tally = new Tally();
        for (int i = 0; i < number; i++) {
            for (List<Connection> some : Lists.partition(connections, AT_ONCE)) {
                some.forEach(each -> send(each, System.nanoTime()));
                drain(Long.MAX_VALUE, connection -> {});
            }
        }
        return tally;
    }

    /** So many requests a second, whatever becomes of those before; those for which no connection is free wait, and their time runs. */
    Tally open(double rate, double seconds) {
        tally = new Tally();
        long start = System.nanoTime();
        long end = start + (long) (seconds * 1e9);
        ArrayDeque<Connection> idle = new ArrayDeque<>(connections);
        ArrayDeque<Long> waiting = new ArrayDeque<>();
        Consumer<Connection> next = connection -> {
            Long due = waiting.poll();
            if (due == null) {
                idle.push(connection);
            } else {
                send(connection, due);
            }
        };
        long sent = 0;
        for (long now = start; now < end; now = System.nanoTime()) {
            long number = (long) ((now - start) / 1e9 * rate);
            for (; sent < number; sent++) {
                waiting.add(start + (long) (sent / rate * 1e9));
                Connection free = idle.poll();
                if (free != null) {
                    next.accept(free);
                }
            }
            if (poll(0, end, next) == 0) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
        drain(end, next);
        waiting.forEach(due -> tally.add(Outcome.WRONG, end - due, false));
        return tally.within(seconds);
    }

    private void send(Connection connection, long due) {
        connection.due = due;
        connection.isBusy = true;
        busy++;
        try {
            connection.write(connection.dialogue.request());
        } catch (IOException e) {
            lose(connection);
        }
    }

    /** Waits until all is answered; what is not after a while counts as wrong. */
    private void drain(long end, Consumer<Connection> then) {
        long last = System.nanoTime() + (long) (DRAIN_SECONDS * 1e9);
        while (busy > 0 && System.nanoTime() < last) {
            poll(10, end, then);
        }
        connections.stream().filter(each -> each.isBusy).toList().forEach(this::lose);
    }

    private int poll(long millis, long end, Consumer<Connection> then) {
        try {
            int ready = millis == 0 ? selector.selectNow() : selector.select(millis);
            if (ready > 0) {
                for (SelectionKey key : selector.selectedKeys()) {
                    receive((Connection) key.attachment(), end, then);
                }
                selector.selectedKeys().clear();
            }
            return ready;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void receive(Connection connection, long end, Consumer<Connection> then) {
        @Nullable Outcome outcome;
        try {
            buffer.clear();
            if (connection.channel.read(buffer) < 0) {
                lose(connection);
                return;
            }
            outcome = connection.dialogue.take(buffer.flip());
            connection.write(connection.dialogue.pending());
        } catch (IOException e) {
            lose(connection);
            return;
        }
        if (outcome != null && connection.isBusy) {
            long now = System.nanoTime();
            connection.isBusy = false;
            busy--;
            tally.add(outcome, now - connection.due, now < end);
            then.accept(connection);
        }
    }

    private void lose(Connection connection) {
        if (connection.isBusy) {
            connection.isBusy = false;
            busy--;
            tally.add(Outcome.WRONG, System.nanoTime() - connection.due, false);
        }
        connection.isClosed = true;
        close(connection.channel);
    }

    /** How many connections the server has closed, or that were given up. */
    long lost() {
        return connections.stream().filter(each -> each.isClosed).count();
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        connections.forEach(each -> close(each.channel));
        selector.close();
    }
}
