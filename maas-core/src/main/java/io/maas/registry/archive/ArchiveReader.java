package io.maas.registry.archive;

import com.google.common.io.ByteSource;
import com.google.common.io.MoreFiles;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads an archive that may come from anybody. Its entries must be those that the caller asks for, in that order and of the bytes that
 * {@link ArchiveWriter} would write, and then it must end: no name in it decides where anything goes, and nothing is there that nobody
 * asked for.
 *
 * <p>For one thread. Who opens it closes it. What is refused throws {@link ArtifactRejectedException} naming the entry.
 */
public final class ArchiveReader implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;
    private long at;

    private ArchiveReader(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Opens the archive in a file, which must not change as long as its entries are used. */
    public static ArchiveReader open(Path file) throws IOException {
        return new ArchiveReader(file, FileChannel.open(file, StandardOpenOption.READ));
    }

    /** The whole of the next entry, for small ones. */
    public byte[] bytes(String name, long maxSize) throws IOException {
        ByteSource entry = next(name, maxSize, null);
        return entry.read();
    }

    /** The next entry, of which the size is known. It can be read as long as the file is there. */
    public ByteSource entry(String name, long size) throws IOException {
        return next(name, size, size);
    }

    private ByteSource next(String name, long maxSize, @Nullable Long exact) throws IOException {
        byte[] block = block(name);
        String found = TarHeader.name(block);
        if (!found.equals(name)) {
            throw refused(found, "not asked for here", Require.quote(name));
        }
        long size = size(name, block);
        if (exact != null && size != exact) {
            throw refused(name, size + " bytes", exact + " bytes, as the manifest says");
        }
        if (size < 0 || size > maxSize) {
            throw refused(name, size + " bytes", "at most " + maxSize);
        }
        if (!Arrays.equals(block, TarHeader.of(name, size))) {
            throw refused(name, "a header that is not ours", "a plain file without owner, time or link");
        }
        long start = at;
        int padding = TarHeader.padding(size);
        if (size > channel.size() - start - padding) {
            throw refused(
                    name, "only " + (channel.size() - start) + " bytes left", size + " and " + padding + " of zeros");
        }
        at = start + size;
        if (!isZero(read(padding))) {
            throw refused(name, "bytes behind its end", "zeros up to the next entry");
        }
        return MoreFiles.asByteSource(file).slice(start, size);
    }

    private long size(String name, byte[] block) {
        try {
            return TarHeader.size(block);
        } catch (IllegalArgumentException e) {
            throw refused(name, String.valueOf(e.getMessage()), "the form that the library writes");
        }
    }

    /** Requires that the archive ends here. */
    public void end() throws IOException {
        for (int i = 0; i < 2; i++) {
            byte[] block = block("the end");
            if (!isZero(block)) {
                throw refused(TarHeader.name(block), "not asked for here", "the end");
            }
        }
        if (at != channel.size()) {
            throw refused("the end", channel.size() - at + " bytes behind it", "none");
        }
    }

    private byte[] block(String name) throws IOException {
        byte[] block = read(TarHeader.BLOCK);
        if (block.length < TarHeader.BLOCK) {
            throw refused(name, "missing, as the file ends at byte " + channel.size(), "a whole archive");
        }
        return block;
    }

    /** Fewer bytes only at the end of the file. */
    private byte[] read(int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        while (bytes.hasRemaining()) {
            int n = channel.read(bytes, at);
            if (n < 0) {
                break;
            }
            at += n;
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    private static boolean isZero(byte[] bytes) {
        for (byte each : bytes) {
            if (each != 0) {
                return false;
            }
        }
        return true;
    }

    private ArtifactRejectedException refused(String entry, String found, String expected) {
        return new ArtifactRejectedException("archive " + file.getFileName() + " is refused: entry "
                + Require.quote(entry) + ": " + found + " (expected: " + expected + "); export the version again");
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
