package io.maas.training.data;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The file that keeps a table between runs: groups of cells, a description of them, and a trailer that says where the description
 * begins. The description names the source, its size and time of change, and all options; it and the cells have checksums.
 */
final class TableFile {
    private static final long MAGIC = 0x6d616173_7462_0001L;
    private static final int TRAILER = 3 * Long.BYTES;

    private final Path file;
    private final String key;

    private TableFile(Path file, String key) {
        this.file = file;
        this.key = key;
    }

    /** @param settings all options as text */
    static TableFile of(Path file, Path source, String settings) throws IOException {
        String key = source.getFileName() + ", " + Files.size(source) + " bytes, " + Files.getLastModifiedTime(source)
                + ", " + ByteOrder.nativeOrder() + ", " + settings;
        return new TableFile(file.toAbsolutePath(), key);
    }

    /** The folder that the file is in, made if it is not there. */
    Path folder() throws IOException {
        Path folder = Objects.requireNonNull(file.getParent(), "a file has a folder");
        Files.createDirectories(folder);
        return folder;
    }

    /** Puts the table that was written in the file's place. */
    Table save(TableWriter writer) throws IOException {
        writer.publish(file, this::describe);
        Table table = load();
        if (table == null) {
            throw new IOException(file + ": changed while it was written");
        }
        return table;
    }

    /** The table, or null if there is none of this source and these options, or it is damaged. */
    @Nullable
    Table load() throws IOException {
        if (!Files.isRegularFile(file)) {
            return null;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            byte[] description = description(channel);
            return description == null ? null : read(channel, description);
        }
    }

    // ---- writing

    /** What stands behind the cells. */
    private ByteBuffer describe(TableWriter writer, List<Long> starts, long end, long sum) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream to = new DataOutputStream(bytes)) {
            putText(to, key);
            to.writeLong(sum);
            to.writeInt(starts.size());
            for (int i = 0; i < starts.size(); i++) {
                to.writeLong(starts.get(i));
                to.writeInt(writer.firstRow(i));
            }
            to.writeInt(writer.rows());
            to.writeInt(writer.sinks().size());
            for (ColumnSink sink : writer.sinks()) {
                putText(to, sink.name());
                sink.describe(to);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        byte[] description = bytes.toByteArray();
        return ByteBuffer.allocate(description.length + TRAILER)
                .put(description)
                .putLong(end)
                .putLong(sum(ByteBuffer.wrap(description)))
                .putLong(MAGIC)
                .flip();
    }

    static void putText(DataOutputStream to, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        to.writeInt(bytes.length);
        to.write(bytes);
    }

    private static long sum(ByteBuffer bytes) {
        CRC32C sum = new CRC32C();
        sum.update(bytes);
        return sum.getValue();
    }

    // ---- reading

    /** The description, if it is whole. */
    private static byte @Nullable [] description(FileChannel channel) throws IOException {
        long size = channel.size();
        if (size < TRAILER) {
            return null;
        }
        ByteBuffer trailer = read(channel, size - TRAILER, TRAILER);
        long end = trailer.getLong(0);
        long length = size - TRAILER - end;
        if (trailer.getLong(2 * Long.BYTES) != MAGIC || end < 0 || length < 0 || length > Integer.MAX_VALUE - 8) {
            return null;
        }
        ByteBuffer description = read(channel, end, (int) length);
        return sum(description.duplicate()) == trailer.getLong(Long.BYTES) ? bytesOf(description) : null;
    }

    private static byte[] bytesOf(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static ByteBuffer read(FileChannel channel, long position, int size) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(size);
        int count = 0;
        while (bytes.hasRemaining() && count >= 0) {
            count = channel.read(bytes, position + bytes.position());
        }
        return bytes.clear();
    }

    private @Nullable Table read(FileChannel channel, byte[] description) throws IOException {
        DataInputStream from = new DataInputStream(new ByteArrayInputStream(description));
        if (!text(from).equals(key)) {
            return null;
        }
        long sum = from.readLong();
        int groups = from.readInt();
        List<Long> starts = new ArrayList<>();
        int[] firstRows = new int[groups + 1];
        for (int i = 0; i < groups; i++) {
            starts.add(from.readLong());
            firstRows[i] = from.readInt();
        }
        firstRows[groups] = from.readInt();
        Segments memory = Blocks.map(channel, starts, channel.size() - TRAILER - description.length);
        if (memory.sum() != sum) {
            return null;
        }
        int count = from.readInt();
        List<String> names = new ArrayList<>();
        List<StoredColumn> columns = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(text(from));
            columns.add(column(from, memory, firstRows));
        }
        return new Table(names, columns, null, firstRows[groups]);
    }

    private static StoredColumn column(DataInputStream from, Segments memory, int[] firstRows) throws IOException {
        ColumnType type = ColumnType.valueOf(text(from));
        int groups = firstRows.length - 1;
        long[] positions = new long[groups];
        byte[] kinds = new byte[groups];
        int[] sizes = new int[groups];
        for (int i = 0; i < groups; i++) {
            positions[i] = from.readLong();
            kinds[i] = from.readByte();
            sizes[i] = from.readInt();
        }
        Layout layout = new Layout(memory, firstRows, positions, kinds, sizes);
        if (type != ColumnType.TEXT) {
            return new StoredNumbers(type, layout);
        }
        String[] texts = new String[from.readInt()];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = text(from);
        }
        return new StoredTexts(texts, layout);
    }

    private static String text(DataInputStream from) throws IOException {
        byte[] bytes = new byte[from.readInt()];
        from.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
