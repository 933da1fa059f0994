package io.maas.registry;

import io.maas.storage.ForwardingStorage;
import io.maas.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A disk that makes of a correct protocol a wrong one, as a careless change of it would. */
final class BuggyStorage extends ForwardingStorage {
    enum Bug {
        /** Files get their names without having been synchronised. */
        FILES_NOT_SYNCHRONISED,
        /** The line that a head names may not be there. */
        LOG_NOT_SYNCHRONISED,
        /** Names may get lost. */
        FOLDERS_NOT_SYNCHRONISED,
        /** The log is synchronised once its head has been replaced. */
        HEAD_BEFORE_LOG,
        /** Blobs get their names once a head has named them. */
        BLOBS_AFTER_HEAD,
        /** A synchronisation that failed is passed over. */
        FAILED_SYNC_ACKNOWLEDGED,
        /** A synchronisation that failed is tried once more, and then believed. */
        FAILED_SYNC_REPEATED,
        /** A head is written in its place. */
        HEAD_IN_PLACE
    }

    private interface Call {
        void run() throws IOException;
    }

    private final Storage disk;
    private final Bug bug;

    /** What should have been done before the next head. */
    private final List<Call> late = new ArrayList<>();

    BuggyStorage(Storage disk, Bug bug) {
        super(disk);
        this.disk = disk;
        this.bug = bug;
    }

    private static boolean isHead(Path file) {
        return StoreFolder.name(file).equals("head.json");
    }

    private static boolean isLog(Path file) {
        return StoreFolder.name(file).equals("log.jsonl");
    }

    private void sync(Path file, Call sync) throws IOException {
        switch (bug) {
            case FILES_NOT_SYNCHRONISED -> {
                if (isLog(file)) {
                    sync.run();
                }
            }
            case LOG_NOT_SYNCHRONISED -> {
                if (!isLog(file)) {
                    sync.run();
                }
            }
            case HEAD_BEFORE_LOG -> {
                if (isLog(file)) {
                    late.add(() -> {
                        try (Output output = disk.open(file)) {
                            output.sync();
                        }
                    });
                } else {
                    sync.run();
                }
            }
            case FAILED_SYNC_ACKNOWLEDGED, FAILED_SYNC_REPEATED -> {
                try {
                    sync.run();
                } catch (IOException e) {
                    if (bug == Bug.FAILED_SYNC_REPEATED) {
                        sync.run();
                    }
                }
            }
            default -> sync.run();
        }
    }

    @Override
    public Output open(Path file) throws IOException {
        return new ForwardingOutput(super.open(file)) {
            @Override
            public void sync() throws IOException {
                BuggyStorage.this.sync(file, super::sync);
            }
        };
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        if (bug == Bug.BLOBS_AFTER_HEAD && StoreFolder.name(to).length() == 64) {
            late.add(() -> {
                disk.move(from, to);
                disk.syncDirectory(to.resolveSibling(""));
            });
            return;
        }
        if (bug == Bug.HEAD_IN_PLACE && isHead(to)) {
            byte[] bytes = Files.readAllBytes(from);
            try (Output output = disk.open(to)) {
                output.truncate(0);
                output.write(ByteBuffer.wrap(bytes), 0);
                output.sync();
            }
            disk.delete(from);
            return;
        }
        disk.move(from, to);
        if (isHead(to)) {
            List<Call> calls = List.copyOf(late);
            late.clear();
            for (Call call : calls) {
                call.run();
            }
        }
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        if (bug != Bug.FOLDERS_NOT_SYNCHRONISED) {
            disk.syncDirectory(directory);
        }
    }
}
