package io.maas.api.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.api.security.ClientCertificates;
import io.maas.api.security.Principal;
import io.maas.api.security.Role;
import io.maas.api.security.TestCertificates;
import io.maas.api.security.TestCertificates.Identity;
import io.maas.error.MaasException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsIT {
    private static Identity authority;
    private static Identity first;
    private static Identity second;
    private static Identity worker;

    @TempDir
    Path folder;

    private Path certificates;
    private Path key;
    private Path authorities;

    @BeforeAll
    static void make() throws Exception {
        authority = TestCertificates.authority("CN=Authority");
        first = TestCertificates.signed(authority, "CN=first", "dns:localhost", "ip:7F000001");
        second = TestCertificates.signed(authority, "CN=second", "dns:localhost", "ip:7F000001");
        worker = TestCertificates.signed(authority, "CN=worker", "uri:spiffe://example/worker");
    }

    @BeforeEach
    void write() throws Exception {
        certificates = folder.resolve("server.pem");
        key = folder.resolve("server.key");
        authorities = folder.resolve("clients.pem");
        first.write(certificates, key);
        authority.write(authorities, folder.resolve("authority.key"));
    }

    private Tls tls() {
        return Tls.of(certificates, key);
    }

    /** For clients that believe in an authority. */
    static SSLContext trusting(Identity authority) throws Exception {
        return context(authority, null);
    }

    private static SSLContext context(@Nullable Identity client) throws Exception {
        return context(authority, client);
    }

    private static SSLContext context(Identity authority, @Nullable Identity client) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("authority", authority.certificate());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        if (client != null) {
            own.setKeyEntry("own", client.keys().getPrivate(), new char[0], new Certificate[] {client.certificate()});
        }
        keys.init(own, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static HttpResponse<String> get(Service service, String path, @Nullable Identity client) throws Exception {
        return HttpClient.newBuilder()
                .sslContext(context(client))
                .build()
                .send(HttpRequest.newBuilder(URI.create(service.uri() + path)).build(), BodyHandlers.ofString());
    }

    /** As a new connection is shown it. */
    private static X509Certificate shown(Service service) throws Exception {
        try (SSLSocket socket = (SSLSocket) context(null)
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), service.server().port())) {
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    @Test
    void serversSpeakTlsAndNothingElse() throws Exception {
        try (Service service = Service.start(ServerOptions.defaults().withTls(tls()))) {
            assertThat(service.uri().getScheme()).isEqualTo("https");
            HttpResponse<String> answer = get(service, "/v2/health/live", null);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(answer.sslSession().orElseThrow().getProtocol()).isEqualTo("TLSv1.3");
            try (Socket socket = new Socket(
                    InetAddress.getLoopbackAddress(), service.server().port())) {
                socket.setSoTimeout(10_000);
                socket.getOutputStream()
                        .write("GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
                assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
                        .doesNotContain("HTTP");
            }
        }
    }

    @Test
    void theDoorIsTheSameByHttp2() throws Exception {
        try (Service service = Service.start(
                ServerOptions.defaults().withTls(tls()).withAuthenticator(credentials -> java.util.Optional.empty()))) {
            HttpResponse<String> answer = get(service, "/v2/models", null);
            assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(answer.statusCode()).isEqualTo(401);
            HttpResponse<String> posted = HttpClient.newBuilder()
                    .sslContext(context(null))
                    .build()
                    .send(
                            HttpRequest.newBuilder(URI.create(service.uri() + "/v2/models/m/infer"))
                                    .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[100]))
                                    .build(),
                            BodyHandlers.ofString());
            assertThat(posted.statusCode()).isEqualTo(401);
            assertThat(posted.body()).contains("\"code\":\"unauthenticated\"");
        }
    }

    @Test
    void clientsAreKnownByTheirCertificates() throws Exception {
        ServerOptions options = ServerOptions.defaults()
                .withTls(tls().withClients(authorities))
                .withAuthenticator(ClientCertificates.of(
                        Map.of("uri:spiffe://example/worker", Principal.of("worker", Role.INFER))));
        try (Service service = Service.start(options)) {
            service.serve("m", Models.affine(0));
            assertThat(get(service, "/v2/models", worker).body()).isEqualTo("{\"models\":[\"m\"]}");
            assertThat(get(service, "/v2/models", null).statusCode()).isEqualTo(401);
            Identity unlisted = TestCertificates.signed(authority, "CN=worker", "uri:spiffe://example/another");
            assertThat(get(service, "/v2/models", unlisted).statusCode()).isEqualTo(401);
            // Made out to the right name, by somebody else.
            Identity forged = TestCertificates.signed(
                    TestCertificates.authority("CN=Authority"), "CN=worker", "uri:spiffe://example/worker");
            assertThatThrownBy(() -> {
                        HttpResponse<String> answer = get(service, "/v2/models", forged);
                        assertThat(answer.statusCode()).isEqualTo(401);
                        throw new IOException("not even known");
                    })
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void clientsWithoutCertificatesCanBeTurnedAway() throws Exception {
        ServerOptions options = ServerOptions.defaults().withTls(tls().withClientsOnly(authorities));
        try (Service service = Service.start(options)) {
            assertThat(get(service, "/v2/health/live", worker).statusCode()).isEqualTo(200);
            assertThatThrownBy(() -> get(service, "/v2/health/live", null)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void newCertificatesAreTakenWithoutARestart() throws Exception {
        try (Service service = Service.start(ServerOptions.defaults().withTls(tls()));
                SSLSocket before = (SSLSocket) context(null)
                        .getSocketFactory()
                        .createSocket(
                                InetAddress.getLoopbackAddress(),
                                service.server().port())) {
            before.startHandshake();
            assertThat(shown(service)).isEqualTo(first.certificate());
            assertThat(service.server().refreshCertificates()).isFalse();

            // A certificate without its key is not taken: the old pair answers on.
            second.write(certificates, folder.resolve("later.key"));
            assertThat(service.server().refreshCertificates()).isFalse();
            assertThat(shown(service)).isEqualTo(first.certificate());
            Files.writeString(key, "-----BEGIN PRIVATE KEY-----\nbroken\n");
            assertThat(service.server().refreshCertificates()).isFalse();
            assertThat(shown(service)).isEqualTo(first.certificate());

            Files.move(folder.resolve("later.key"), key, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            assertThat(service.server().refreshCertificates()).isTrue();
            for (int i = 0; i < 10; i++) {
                assertThat(shown(service)).isEqualTo(second.certificate());
            }
            assertThat(get(service, "/v2/health/live", null).version()).isEqualTo(HttpClient.Version.HTTP_2);

            // Connections that were open stay.
            before.setSoTimeout(10_000);
            before.getOutputStream()
                    .write("GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(before.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void authoritiesOfClientsAreReadAgainToo() throws Exception {
        Identity other = TestCertificates.authority("CN=Other");
        Identity newcomer = TestCertificates.signed(other, "CN=newcomer");
        try (Service service = Service.start(ServerOptions.defaults().withTls(tls().withClientsOnly(authorities)))) {
            assertThatThrownBy(() -> get(service, "/v2/health/live", newcomer)).isInstanceOf(IOException.class);
            other.write(authorities, folder.resolve("other.key"));
            assertThat(service.server().refreshCertificates()).isTrue();
            assertThat(get(service, "/v2/health/live", newcomer).statusCode()).isEqualTo(200);
            assertThatThrownBy(() -> get(service, "/v2/health/live", worker)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void filesThatCannotBeUsedStopTheStart() throws Exception {
        Files.writeString(key, "nonsense");
        assertThatThrownBy(() -> Service.start(ServerOptions.defaults().withTls(tls())))
                .isInstanceOf(MaasException.class)
                .hasMessageContaining("cannot be used (expected: PEM files");
        second.write(folder.resolve("other.pem"), key);
        assertThatThrownBy(() -> Service.start(ServerOptions.defaults().withTls(tls())))
                .isInstanceOf(MaasException.class)
                .hasMessageContaining("is not the key of the first certificate");
        Files.delete(key);
        assertThatThrownBy(() -> Service.start(ServerOptions.defaults().withTls(tls())))
                .isInstanceOf(MaasException.class)
                .hasMessageContaining("cannot be read");
    }
}
