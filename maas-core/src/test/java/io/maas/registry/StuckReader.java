package io.maas.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/** Another process that reads one blob through a folder, and half of a second one, until it is killed. */
final class StuckReader {
    private StuckReader() {}

    static Process start(Path far, Path kept, String whole, String half) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return new ProcessBuilder(
                        java,
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        StuckReader.class.getName(),
                        far.toString(),
                        kept.toString(),
                        whole,
                        half)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    public static void main(String... args) throws IOException {
        FarStore far = new FarStore(Path.of(args[0]));
        BlobStore blobs = CachedRegistryStore.of(far, Path.of(args[1]), 1 << 20).blobs();
        blobs.open(args[2]).close();
        far.line(StuckReader::stuck);
        blobs.open(args[3]).close();
    }

    private static InputStream stuck(InputStream in) {
        return new FilterInputStream(in) {
            private boolean began;

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                if (!began) {
                    began = true;
                    return super.read(bytes, offset, 500);
                }
                System.out.write('!');
                System.out.flush();
                return System.in.read(bytes, offset, length); // Until the other process ends, or this one.
            }
        };
    }
}
