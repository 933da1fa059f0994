package io.maas.api.job;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.maas.error.InvalidInputException;
import io.maas.error.QuotaExceededException;
import io.maas.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A data set on its way to the disk, piece by piece. Nothing of it is there for anybody before {@link DataSets#complete}.
 *
 * <p>For one thread at a time. Who begins it closes it, which discards what was not completed.
 */
public final class DataSetUpload implements AutoCloseable {
    private final DataSets sets;
    private final Path part;
    private final Storage.Output output;
    private final long limit;
    private final Hasher hasher = Hashing.sha256().newHasher();
    private long bytes;
    private boolean closed;

    DataSetUpload(DataSets sets, Path part, Storage.Output output, long limit) {
        this.sets = sets;
        this.part = part;
        this.output = output;
        this.limit = limit;
    }

    /**
     * Takes what follows.
     *
     * @throws InvalidInputException if it is too much for one data set, or compressed
     * @throws QuotaExceededException if it is too much for all data sets together
     */
    public void write(ByteBuffer piece) {
        int length = piece.remaining();
        if (length == 0) {
            return;
        }
        if (bytes + length > limit) {
            throw new InvalidInputException(
                    "data set is too long (expected: at most " + limit + " bytes); take fewer rows");
        }
        if (!sets.reserve(length)) {
            throw new QuotaExceededException(
                    "data sets take all the room that there is (expected: at most " + sets.capacity()
                            + " bytes together); delete some first",
                    Duration.ofMinutes(1));
        }
        try {
            hasher.putBytes(piece.duplicate());
            output.write(piece, bytes);
        } catch (IOException e) {
            throw AtomicFile.failed(e);
        } finally {
            bytes += length;
        }
    }

    /** How much was written so far. */
    public long bytes() {
        return bytes;
    }

    Path part() {
        return part;
    }

    /** Makes what was written safe, and says what it is. */
    String finish() throws IOException {
        output.sync();
        output.close();
        return hasher.hash().toString();
    }

    /** It became a data set: its room stays taken. */
    void kept() {
        closed = true;
    }

    /** Discards it, unless it was completed. Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            sets.discard(part, output, bytes);
        }
    }
}
