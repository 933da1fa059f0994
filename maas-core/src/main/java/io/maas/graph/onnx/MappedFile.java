package io.maas.graph.onnx;

import io.maas.error.ArtifactRejectedException;
import io.maas.error.Rule;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/**
 * A file of any size as read-only memory, in few mappings however many parts are asked for: systems limit their number. The
 * file must not become shorter as long as its memory is in use.
 */
final class MappedFile implements AutoCloseable {
    /** Mappings begin at multiples of this, so that two of them are never needed for a part of up to as many bytes. */
    private static final long STRIDE = 1L << 30;

    private final Path path;
    private final FileChannel channel;
    private final long size;
    private final Map<Long, ByteBuffer> mappings = new HashMap<>();

    private MappedFile(Path path, FileChannel channel, long size) {
        this.path = path;
        this.channel = channel;
        this.size = size;
    }

    static MappedFile open(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        return new MappedFile(path, channel, channel.size());
    }

    /** The whole file, of at most 2 GiB. */
    static ByteBuffer whole(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size > Integer.MAX_VALUE) {
                throw OnnxAdmission.tooLarge(size);
            }
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, size);
        }
    }

    /**
     * A part of the file.
     *
     * @throws ArtifactRejectedException if the file ends before it does
     */
    ByteBuffer map(long offset, long length, String title) throws IOException {
        if (offset > size || length > size - offset) {
            throw new ArtifactRejectedException(
                    Rule.EXTERNAL_DATA,
                    title + ": values from byte " + offset + " on, " + length + " bytes"
                            + " (expected: inside " + path.getFileName() + ", which has " + size
                            + "); the file is damaged, copy or export it again");
        }
        if (length > STRIDE) {
            return channel.map(FileChannel.MapMode.READ_ONLY, offset, length);
        }
        long stride = offset / STRIDE;
        ByteBuffer mapping = mappings.get(stride);
        if (mapping == null) {
            long start = stride * STRIDE;
            mapping = channel.map(FileChannel.MapMode.READ_ONLY, start, Math.min(size - start, Integer.MAX_VALUE));
            mappings.put(stride, mapping);
        }
        return mapping.slice((int) (offset - stride * STRIDE), (int) length);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
