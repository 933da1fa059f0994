package io.maas.training.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Where the groups of a table go while it is written: memory while they are few, then a temporary file, which is written (so that
 * a full disk is an exception) and mapped at the end.
 *
 * <p>Not thread-safe. {@link #close} removes the file of a table that was not finished.
 */
final class Blocks implements AutoCloseable {
    /** Positions of blocks are multiples of this, as tensors wish. */
    static final int ALIGNMENT = 64;

    private static final long MAX_WINDOW = 1 << 29;

    private final long maxMemory;
    private final @Nullable Path folder;
    private final List<ByteBuffer> kept = new ArrayList<>();
    private final List<Long> starts = new ArrayList<>();
    private final CRC32C sum = new CRC32C();
    private long end;
    private @Nullable Path file;
    private @Nullable FileChannel channel;

    /**
     * @param maxMemory the bytes that are kept in memory; -1 for a file in any case
     * @param folder where the file is to be; null for the system's folder of temporary files
     */
    Blocks(long maxMemory, @Nullable Path folder) {
        this.maxMemory = maxMemory;
        this.folder = folder;
    }

    /** Where the next group begins. */
    long end() {
        return end;
    }

    /** Appends the remaining bytes, a multiple of {@link #ALIGNMENT}, as one group. */
    void append(ByteBuffer group) throws IOException {
        int size = group.remaining();
        if (channel == null && end + size > maxMemory) {
            spill();
        }
        sum.update(group.duplicate());
        if (channel == null) {
            ByteBuffer copy = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
            kept.add(copy.put(group).flip());
        } else {
            write(channel, group);
        }
        starts.add(end);
        end += size;
    }

    private void spill() throws IOException {
        file = folder == null
                ? Files.createTempFile("maas-table-", ".tmp")
                : Files.createTempFile(folder, "maas-table-", ".tmp");
        channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        for (ByteBuffer group : kept) {
            write(channel, group);
        }
        kept.clear();
    }

    private static void write(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** What was appended, to be read. A temporary file vanishes with its last reader, at the latest when the JVM ends. */
    Segments finish() throws IOException {
        if (channel == null) {
            return new Segments(starts, kept);
        }
        return map(channel, starts, end);
    }

    /** Some bytes of what was appended to a file. */
    ByteBuffer map(long position, long size) throws IOException {
        return Objects.requireNonNull(channel).map(MapMode.READ_ONLY, position, size);
    }

    /** Makes what is to stand behind the groups. */
    interface Description {
        ByteBuffer of(List<Long> starts, long end, long sum);
    }

    /** Puts what was appended, and behind it the table's description, in place of {@code target}. */
    void publish(Path target, Description description) throws IOException {
        if (channel == null) {
            spill();
        }
        FileChannel to = Objects.requireNonNull(channel);
        write(to, description.of(starts, end, sum.getValue()));
        to.force(true);
        to.close();
        Files.move(
                Objects.requireNonNull(file),
                target,
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        file = null;
    }

    /** Maps {@code [0, end)} in windows that hold whole groups. */
    static Segments map(FileChannel channel, List<Long> starts, long end) throws IOException {
        List<Long> windows = new ArrayList<>();
        List<ByteBuffer> pieces = new ArrayList<>();
        int from = 0;
        while (from < starts.size()) {
            int to = from + 1;
            while (to < starts.size() && endOf(to, starts, end) - starts.get(from) <= MAX_WINDOW) {
                to++;
            }
            windows.add(starts.get(from));
            pieces.add(channel.map(MapMode.READ_ONLY, starts.get(from), endOf(to - 1, starts, end) - starts.get(from)));
            from = to;
        }
        return new Segments(windows, pieces);
    }

    private static long endOf(int group, List<Long> starts, long end) {
        return group + 1 < starts.size() ? starts.get(group + 1) : end;
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
        if (file != null) {
            discard(file);
        }
    }

    /** Deletes a file that may be mapped: at once where the system allows that, or else when the JVM ends. */
    static void discard(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException mapped) {
            file.toFile().deleteOnExit();
        }
    }
}
