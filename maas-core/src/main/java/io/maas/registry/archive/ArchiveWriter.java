package io.maas.registry.archive;

import com.google.common.io.ByteSource;
import io.maas.error.Require;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Writes an archive, entry by entry, without holding one of them in memory. The same entries give the same bytes.
 *
 * <p>For one thread. The stream stays the caller's.
 */
public final class ArchiveWriter {
    private static final int CHUNK = 1 << 16;

    private final OutputStream out;

    public ArchiveWriter(OutputStream out) {
        this.out = out;
    }

    /**
     * Adds an entry.
     *
     * @param size how many bytes the content has
     * @throws IOException if the stream or the content fails, or the content has another size: then the archive is of no use
     */
    public void add(String name, long size, ByteSource content) throws IOException {
        out.write(TarHeader.of(name, size));
        long count = 0;
        byte[] chunk = new byte[CHUNK];
        try (InputStream in = content.openStream()) {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                count += n;
                requireSize(name, size, count, count <= size);
                out.write(chunk, 0, n);
            }
        }
        requireSize(name, size, count, count == size);
        out.write(new byte[TarHeader.padding(size)]);
    }

    private static void requireSize(String name, long size, long count, boolean right) throws IOException {
        if (!right) {
            throw new IOException("entry " + Require.quote(name) + " has " + count + " bytes or more (expected: " + size
                    + "); export again from files that stay the same");
        }
    }

    /** Ends the archive. */
    public void finish() throws IOException {
        out.write(new byte[2 * TarHeader.BLOCK]);
        out.flush();
    }

    /**
     * The bytes that {@link #add} writes, for those who would rather read them.
     *
     * @param content must have that size
     */
    public static ByteSource entry(String name, long size, ByteSource content) {
        return ByteSource.concat(
                ByteSource.wrap(TarHeader.of(name, size)), content, ByteSource.wrap(new byte[TarHeader.padding(size)]));
    }

    /** The bytes that {@link #finish} writes. */
    public static ByteSource end() {
        return ByteSource.wrap(new byte[2 * TarHeader.BLOCK]);
    }
}
