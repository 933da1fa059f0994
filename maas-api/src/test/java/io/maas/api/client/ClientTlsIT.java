package io.maas.api.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.api.client.ClientOptions.Retries;
import io.maas.api.security.Principal;
import io.maas.api.security.Role;
import io.maas.api.security.TestCertificates;
import io.maas.api.security.TestCertificates.Identity;
import io.maas.api.server.ServerOptions;
import io.maas.api.server.Tls;
import io.maas.error.MaasException;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A client shows a certificate and a key, and knows whom it talks to. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClientTlsIT {
    private static final Tensors ROW = Tensors.of("x", Tensor.of(new float[] {1, 0, 0}, 1, 3));
    private static final ClientOptions ONCE =
            ClientOptions.defaults().withRetries(new Retries(1, Duration.ZERO, Duration.ZERO));

    @TempDir
    static Path folder;

    private Service service;

    @BeforeAll
    void start() throws Exception {
        Identity authority = TestCertificates.authority("CN=authority");
        Identity server = TestCertificates.signed(authority, "CN=server", "dns:localhost", "ip:7F000001");
        Identity client = TestCertificates.signed(authority, "CN=client");
        authority.write(folder.resolve("authority.pem"), folder.resolve("authority.key"));
        server.write(folder.resolve("server.pem"), folder.resolve("server.key"));
        TestCertificates.signed(authority, "CN=elsewhere", "dns:elsewhere")
                .write(folder.resolve("elsewhere.pem"), folder.resolve("elsewhere.key"));
        client.write(folder.resolve("client.pem"), folder.resolve("client.key"));
        service = Service.start(ServerOptions.defaults()
                .withTls(Tls.of(folder.resolve("server.pem"), folder.resolve("server.key"))
                        .withClientsOnly(folder.resolve("authority.pem")))
                .withAuthenticator(credentials -> "k".equals(credentials.bearer())
                        ? Optional.of(Principal.of("app", Role.ADMIN))
                        : Optional.empty()));
        service.serve("digits", Models.affine(0));
    }

    @AfterAll
    void close() {
        service.close();
    }

    private URI uri(String scheme) {
        return URI.create(scheme + "://localhost:" + service.uri().getPort());
    }

    private static ClientOptions known() {
        return ONCE.withTrust(folder.resolve("authority.pem"))
                .withCertificate(folder.resolve("client.pem"), folder.resolve("client.key"));
    }

    @Test
    void callsAndManagesModels() {
        for (String scheme : new String[] {"https", "grpcs"}) {
            try (MaasClient client = MaasClient.connect(uri(scheme), known().withKey("k"))) {
                assertThat(client.model("digits").predict(ROW).version()).isEqualTo(1);
                assertThat(client.registry().models()).containsExactly("digits");
                assertThat(client.deployments().status("digits").version()).isEqualTo(1);
            }
        }
    }

    @Test
    void isNotLetInWithoutKeyOrCertificate() {
        for (String scheme : new String[] {"https", "grpcs"}) {
            try (MaasClient client = MaasClient.connect(uri(scheme), known().withKey("other"))) {
                assertThatThrownBy(() -> client.model("digits").predict(ROW)).isInstanceOf(MaasException.class);
                assertThatThrownBy(() -> client.registry().models())
                        .isInstanceOf(MaasException.class)
                        .hasMessageContaining("401");
            }
        }
        ClientOptions anonymous =
                ONCE.withTrust(folder.resolve("authority.pem")).withKey("k");
        try (MaasClient client = MaasClient.connect(uri("https"), anonymous)) {
            assertThatThrownBy(() -> client.registry().models()).isInstanceOf(MaasException.class);
        }
    }

    @Test
    void talksToNobodyWhomItDoesNotTrust() {
        try (MaasClient client = MaasClient.connect(uri("https"), ONCE.withKey("k"))) {
            assertThatThrownBy(() -> client.registry().models()).isInstanceOf(MaasException.class);
        }
    }

    @Test
    void aHandshakeThatFailsIsSaidAndNotTriedAgain() {
        ClientOptions patient = known().withRetries(new Retries(4, Duration.ofHours(1), Duration.ofHours(1)));
        ClientOptions distrustful = ClientOptions.defaults().withRetries(patient.retries());
        for (String scheme : new String[] {"https", "grpcs"}) {
            assertThat(refusal(uri(scheme), distrustful))
                    .contains("no authority that is trusted has signed the server's certificate");
            try (Service elsewhere = Service.start(ServerOptions.defaults()
                    .withTls(Tls.of(folder.resolve("elsewhere.pem"), folder.resolve("elsewhere.key"))))) {
                URI address =
                        URI.create(scheme + "://localhost:" + elsewhere.uri().getPort());
                assertThat(refusal(address, patient)).contains("the server's certificate is for another name");
            }
            assertThat(refusal(uri(scheme), distrustful.withTrust(folder.resolve("authority.pem"))))
                    .contains("the server refused the client: ")
                    .contains("ClientOptions.withCertificate");
            try (Service plain = Service.start()) {
                URI address = URI.create(scheme + "://localhost:" + plain.uri().getPort());
                assertThat(refusal(address, patient)).contains("the server does not speak TLS there");
            }
        }
    }

    private static String refusal(URI server, ClientOptions options) {
        try (MaasClient client = MaasClient.connect(server, options)) {
            MaasException refused = catchThrowableOfType(MaasException.class, client::models);
            assertThat(refused).hasMessageStartingWith("TLS handshake with " + server + " failed: ");
            return String.valueOf(refused.getMessage());
        }
    }

    @Test
    void refusesFilesThatAreNoCertificates() {
        assertThatIllegalArgumentException().isThrownBy(() -> ONCE.withTrust(folder.resolve("client.key")));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ONCE.withCertificate(folder.resolve("client.pem"), folder.resolve("client.pem")));
        assertThatIllegalArgumentException().isThrownBy(() -> ONCE.withKey("a b"));
    }
}
