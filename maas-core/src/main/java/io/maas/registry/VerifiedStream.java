package io.maas.registry;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.function.Function;

/**
 * Gives the last byte only if all of them are those of a size and a hash, so that whoever writes them away never has them whole if
 * they are wrong, even if it does not ask for the end. Does not forward skip and mark: every byte must pass the hash.
 */
final class VerifiedStream extends InputStream {
    private final InputStream in;
    private final String sha256;
    private final long size;
    private final Function<String, RuntimeException> refusal;
    private final MessageDigest digest = Digests.begin();
    private long count;
    private boolean verified;

    /** @param refusal makes an exception of what is wrong, such as {@code its SHA-256 is another} */
    VerifiedStream(InputStream in, String sha256, long size, Function<String, RuntimeException> refusal) {
        this.in = in;
        this.sha256 = sha256;
        this.size = size;
        this.refusal = refusal;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (count == size) {
            verify();
            return -1;
        }
        int n = in.read(bytes, offset, length);
        if (n < 0) {
            throw refusal.apply("it has only " + count + " bytes instead of " + size);
        }
        digest.update(bytes, offset, n);
        count += n;
        if (count > size) {
            throw tooLong();
        }
        if (count == size) {
            verify();
        }
        return n;
    }

    private void verify() throws IOException {
        if (verified) {
            return;
        }
        if (in.read() >= 0) {
            throw tooLong();
        }
        if (!Digests.end(digest).equals(sha256)) {
            throw refusal.apply("its SHA-256 is another");
        }
        verified = true;
    }

    private RuntimeException tooLong() {
        return refusal.apply("it has more than " + size + " bytes");
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
