package io.maas.api.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ClientCertificatesTest {
    private static final Principal WORKER = Principal.of("worker", Role.INFER);
    private static final Principal BOSS = Principal.of("boss", Role.ADMIN);

    private static TestCertificates.Identity authority;

    @BeforeAll
    static void make() throws Exception {
        authority = TestCertificates.authority("CN=Authority");
    }

    private static X509Certificate of(String subject, String... names) throws Exception {
        return TestCertificates.signed(authority, subject, names).certificate();
    }

    private static Credentials shown(X509Certificate certificate) {
        return new Credentials(null, certificate);
    }

    @Test
    void namesOfAllKindsAreKnown() throws Exception {
        ClientCertificates known = ClientCertificates.of(Map.of(
                "subject:CN=Worker One, O=Acme", WORKER,
                "dns:Worker.Example", WORKER,
                "uri:spiffe://example/worker", WORKER,
                "email:worker@example", WORKER));
        for (X509Certificate certificate : new X509Certificate[] {
            of("CN=worker one,O=acme"),
            of("CN=x", "dns:worker.EXAMPLE"),
            of("CN=x", "uri:spiffe://example/worker"),
            of("CN=x", "email:worker@example"),
            of("CN=x", "dns:other", "dns:worker.example")
        }) {
            assertThat(known.authenticate(shown(certificate)))
                    .as("%s", certificate)
                    .contains(WORKER);
        }
    }

    @Test
    void othersAreNotKnown() throws Exception {
        ClientCertificates known =
                ClientCertificates.of(Map.of("dns:worker.example", BOSS, "subject:CN=worker,O=Acme", BOSS));
        for (X509Certificate certificate : new X509Certificate[] {
            of("CN=worker"),
            of("CN=worker.example"),
            of("O=Acme,CN=worker"),
            of("CN=worker,O=Acme,C=DE"),
            of("CN=x", "dns:*.example"),
            of("CN=x", "dns:worker.example.evil"),
            of("CN=x", "uri:dns:worker.example"),
            of("CN=x", "email:worker.example")
        }) {
            assertThat(known.authenticate(shown(certificate)))
                    .as("%s", certificate)
                    .isEmpty();
        }
        assertThat(known.authenticate(new Credentials(null, null))).isEmpty();
    }

    @Test
    void oneCertificateIsNotTwo() throws Exception {
        ClientCertificates known = ClientCertificates.of(Map.of("dns:a", WORKER, "dns:b", BOSS));
        X509Certificate both = of("CN=x", "dns:a", "dns:b");
        assertThatThrownBy(() -> known.authenticate(shown(both))).isInstanceOf(AuthenticationException.class);
    }

    @Test
    void certificatesExpireWhileTheirConnectionIsOpen() throws Exception {
        X509Certificate certificate = TestCertificates.signed(
                        authority, "CN=x", Instant.now().plusSeconds(60), "dns:a")
                .certificate();
        Map<String, Principal> names = Map.of("dns:a", WORKER);
        assertThat(ClientCertificates.of(names).authenticate(shown(certificate)))
                .contains(WORKER);
        InstantSource later = InstantSource.offset(InstantSource.system(), Duration.ofMinutes(2));
        assertThatThrownBy(() -> ClientCertificates.of(names, later).authenticate(shown(certificate)))
                .isInstanceOf(AuthenticationException.class);
    }

    @Test
    void kindsOfNamesThatAreNoneAreRefused() {
        for (String name : new String[] {"worker", "cn:worker", "", "subject:worker"}) {
            assertThatThrownBy(() -> ClientCertificates.of(Map.of(name, WORKER)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
