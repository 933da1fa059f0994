package io.maas.api.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.BaseEncoding;
import io.maas.api.Service;
import io.maas.api.security.TestCertificates;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections by HTTP/2 that take more than one may, frame by frame (RFC 9113). */
class Http2IT {
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int CONTINUATION = 9;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;

    private static TestCertificates.Identity authority;
    private static Service service;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        authority = TestCertificates.authority("CN=Authority");
        TestCertificates.signed(authority, "CN=x", "ip:7F000001").write(folder.resolve("cert"), folder.resolve("key"));
        service =
                Service.start(ServerOptions.defaults().withTls(Tls.of(folder.resolve("cert"), folder.resolve("key"))));
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    /** A connection on which a test says each frame. */
    private static final class Frames implements AutoCloseable {
        private final SSLSocket socket;
        private final DataOutputStream out;
        private final DataInputStream in;

        Frames() throws Exception {
            socket = (SSLSocket) TlsIT.trusting(authority)
                    .getSocketFactory()
                    .createSocket(
                            InetAddress.getLoopbackAddress(), service.server().port());
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2"});
            socket.setSSLParameters(parameters);
            socket.setSoTimeout(20_000);
            out = new DataOutputStream(socket.getOutputStream());
            in = new DataInputStream(socket.getInputStream());
            out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            send(SETTINGS, 0, 0, new byte[0]);
        }

        void send(int type, int flags, int stream, byte[] content) throws IOException {
            ByteArrayOutputStream frame = new ByteArrayOutputStream();
            DataOutputStream data = new DataOutputStream(frame);
            data.writeByte(content.length >> 16);
            data.writeShort(content.length);
            data.writeByte(type);
            data.writeByte(flags);
            data.writeInt(stream);
            data.write(content);
            out.write(frame.toByteArray());
        }

        /** GET /, of this machine. */
        void get(int stream) throws IOException {
            get(stream, "localhost");
        }

        void get(int stream, String name) throws IOException {
            byte[] host = name.getBytes(StandardCharsets.US_ASCII);
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            head.write(new byte[] {(byte) 0x82, (byte) 0x87, (byte) 0x84, 0x01, (byte) host.length});
            head.write(host);
            send(HEADERS, END_STREAM | END_HEADERS, stream, head.toByteArray());
        }

        /** GET of some other target, of this machine. */
        void getTarget(int stream, String target) throws IOException {
            byte[] path = target.getBytes(StandardCharsets.US_ASCII);
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            head.write(new byte[] {(byte) 0x82, (byte) 0x87, 0x04, (byte) path.length});
            head.write(path);
            head.write(new byte[] {0x01, 9});
            head.write("localhost".getBytes(StandardCharsets.US_ASCII));
            send(HEADERS, END_STREAM | END_HEADERS, stream, head.toByteArray());
        }

        /** The content of the next frame of a type, or null if the connection ended first. */
        byte @Nullable [] next(int wanted) throws IOException {
            try {
                while (true) {
                    int length = (in.readUnsignedByte() << 16) | in.readUnsignedShort();
                    int type = in.readUnsignedByte();
                    in.readUnsignedByte();
                    in.readInt();
                    byte[] content = in.readNBytes(length);
                    if (type == wanted) {
                        return content;
                    }
                }
            } catch (EOFException | SocketException e) {
                return null;
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void serversSayWhatOneConnectionMayTake() throws Exception {
        try (Frames frames = new Frames()) {
            byte[] settings = java.util.Objects.requireNonNull(frames.next(SETTINGS));
            Map<Integer, Integer> values = new HashMap<>();
            for (int i = 0; i + 6 <= settings.length; i += 6) {
                String hex = BaseEncoding.base16().encode(settings, i, 6);
                values.put(Integer.parseInt(hex.substring(0, 4), 16), Integer.parseInt(hex.substring(4), 16));
            }
            assertThat(values).containsEntry(3, 256).containsEntry(6, 16384).containsEntry(4, 1 << 20);
        }
    }

    @Test
    void streamsThatAreGivenUpAtOnceEndTheirConnection() throws Exception {
        try (Frames frames = new Frames()) {
            try {
                for (int stream = 1; stream < 4000; stream += 2) {
                    frames.get(stream);
                    frames.send(RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
                }
            } catch (IOException e) {
                // Ended already.
            }
            assertEnded(frames);
        }
        assertAlive();
    }

    @Test
    void headsWithoutEndEndTheirConnection() throws Exception {
        try (Frames frames = new Frames()) {
            frames.send(HEADERS, END_STREAM, 1, new byte[] {(byte) 0x82, (byte) 0x87, (byte) 0x84});
            try {
                for (int i = 0; i < 20_000; i++) {
                    frames.send(CONTINUATION, 0, 1, new byte[0]);
                }
            } catch (IOException e) {
                // Ended already.
            }
            assertEnded(frames);
        }
        assertAlive();
    }

    @Test
    void headsThatAreTooLongAreRefused() throws Exception {
        try (Frames frames = new Frames()) {
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            head.write(new byte[] {(byte) 0x82, (byte) 0x87, (byte) 0x84});
            for (int i = 0; i < 200; i++) {
                head.write(new byte[] {0, 1, 'a', 0x64});
                head.write("b".repeat(100).getBytes(StandardCharsets.US_ASCII));
            }
            byte[] all = head.toByteArray();
            frames.send(HEADERS, END_STREAM, 1, java.util.Arrays.copyOf(all, 16_000));
            frames.send(CONTINUATION, END_HEADERS, 1, java.util.Arrays.copyOfRange(all, 16_000, all.length));
            // Status 431 by a whole answer, or an end: in no case the answer to the request.
            byte[] answer = frames.next(HEADERS);
            if (answer != null) {
                assertThat(new String(answer, StandardCharsets.ISO_8859_1)).contains("431");
            }
        }
        assertAlive();
    }

    @Test
    void whatIsNoNameOfAHostIsNotLeftWithoutAnAnswer() throws Exception {
        for (String name : new String[] {"%zz", "a%C3%BC%"}) {
            try (Frames frames = new Frames()) {
                frames.get(1, name);
                // The stream ends, or the connection; silence would run into the socket's timeout.
                byte[] reset = frames.next(RST_STREAM);
                if (reset != null) {
                    assertThat(reset).endsWith(1);
                }
            }
        }
        assertAlive();
    }

    @Test
    void targetsThatAreNoPathsAreAnsweredAsUnknownPathsAre() throws Exception {
        for (String target : new String[] {"*", "v2/models"}) {
            try (Frames frames = new Frames()) {
                frames.getTarget(1, target);
                byte[] answer = java.util.Objects.requireNonNull(frames.next(DATA));
                assertThat(new String(answer, StandardCharsets.UTF_8)).contains("\"code\":\"no_such_path\"");
            }
        }
    }

    private static void assertEnded(Frames frames) throws IOException {
        byte[] goodbye = frames.next(GOAWAY);
        if (goodbye != null) {
            assertThat(goodbye[7]).as("ENHANCE_YOUR_CALM, or a protocol error").isIn((byte) 11, (byte) 1, (byte) 2);
        }
        assertThat(frames.next(PING)).isNull();
    }

    private static void assertAlive() throws Exception {
        try (Frames frames = new Frames()) {
            frames.get(1);
            assertThat(frames.next(HEADERS)).isNotNull();
        }
    }
}
