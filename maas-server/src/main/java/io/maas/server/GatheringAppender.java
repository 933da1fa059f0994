package io.maas.server;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.encoder.Encoder;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Writes lines on a thread of its own, many at a time: to wake a thread for each costs more than the line. What comes while too many
 * wait is left out. Arguments of messages must not change, as they are put into words later.
 */
final class GatheringAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
    private static final int WAITING = 8192;
    private static final int GATHER_MS = 10;
    private static final long STOP_MS = 5000;

    private final PrintStream out;
    private final Encoder<ILoggingEvent> encoder;
    private final BlockingQueue<ILoggingEvent> queue = new ArrayBlockingQueue<>(WAITING);
    private final Thread writer = new Thread(this::write, "maas-access-log");

    GatheringAppender(PrintStream out, Encoder<ILoggingEvent> encoder) {
        this.out = out;
        this.encoder = encoder;
        writer.setDaemon(true);
    }

    @Override
    public void start() {
        super.start();
        writer.start();
    }

    @Override
    protected void append(ILoggingEvent event) {
        // Left out if there is no room.
        var unused = queue.offer(event);
    }

    private void write() {
        List<ILoggingEvent> lines = new ArrayList<>();
        try {
            while (true) {
                lines.add(queue.take());
                TimeUnit.MILLISECONDS.sleep(GATHER_MS);
                writeWith(lines);
            }
        } catch (InterruptedException e) {
            writeWith(lines);
        }
    }

    private void writeWith(List<ILoggingEvent> lines) {
        queue.drainTo(lines);
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            lines.forEach(line -> bytes.writeBytes(encoder.encode(line)));
            out.write(bytes.toByteArray(), 0, bytes.size());
            out.flush();
        } catch (RuntimeException e) {
            addError(lines.size() + " lines were not written", e);
        }
        lines.clear();
    }

    /** Waits until what has come is written. */
    @Override
    public void stop() {
        super.stop();
        writer.interrupt();
        try {
            writer.join(STOP_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
