package io.maas.api.job;

import io.maas.error.MaasException;
import io.maas.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Small files that are there as a whole or as they were before, whenever the process dies. */
final class AtomicFile {
    static final String PART = ".part";

    private AtomicFile() {}

    /** @throws MaasException if it cannot be written; the file is as it was then */
    static void write(Storage storage, Path file, byte[] content) {
        Path part = file.resolveSibling(file.getFileName() + PART);
        try {
            try (Storage.Output output = storage.open(part)) {
                output.truncate(0);
                output.write(ByteBuffer.wrap(content), 0);
                output.sync();
            }
            storage.move(part, file);
            storage.syncDirectory(part.resolveSibling(""));
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** What cannot be kept; the path is for the log alone. */
    static MaasException failed(IOException e) {
        return new MaasException(
                "jobs and data sets cannot be written (expected: a disk with room that can be written to); make room or mend the"
                        + " disk, and try again",
                e);
    }
}
