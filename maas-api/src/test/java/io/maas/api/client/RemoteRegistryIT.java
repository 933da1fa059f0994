package io.maas.api.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.api.wire.VersionDocuments.VersionInfo;
import io.maas.api.wire.VersionDocuments.VersionList;
import io.maas.registry.Change;
import io.maas.registry.ModelRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The registry of a server. */
class RemoteRegistryIT extends ModelRegistryContract {
    @Override
    RegistrySource open() {
        Service service = Service.start();
        MaasClient client = MaasClient.connect(service.uri());
        return new RegistrySource() {
            @Override
            public ModelRegistry registry() {
                return client.registry();
            }

            @Override
            public void close() {
                client.close();
                service.close();
            }
        };
    }

    @Test
    void versionsComeInPages() {
        try (Service service = Service.start();
                Transport transport = new Transport(List.of(service.uri()), ClientOptions.defaults())) {
            ModelRegistry here = service.maas().registry();
            for (int number = 1; number <= 7; number++) {
                here.publish("digits", Models.affine(number));
            }
            here.delete("digits", 4, Change.unsaid());
            for (int page : new int[] {1, 2, 3, 6, 7, 500}) {
                RemoteRegistry there = new RemoteRegistry(new Rest(transport), page);
                assertThat(there.versions("digits")).as("pages of %d", page).isEqualTo(here.versions("digits"));
                assertThat(there.details("digits")).isEqualTo(here.details("digits"));
            }
            Rest rest = new Rest(transport);
            VersionList second = rest.get("/api/models/digits/versions?limit=3&after=2", VersionList.class);
            assertThat(second.versions().stream().map(VersionInfo::version)).containsExactly(3, 5, 6);
            assertThat(second.next()).isEqualTo(6);
            assertThat(rest.get("/api/models/digits/versions?after=6", VersionList.class))
                    .isEqualTo(new VersionList(
                            rest.get("/api/models/digits/versions", VersionList.class)
                                    .versions()
                                    .subList(5, 6),
                            null));
            for (String wrong :
                    List.of("limit=0", "limit=1001", "limit=x", "after=-1", "after=99999999999", "limit=")) {
                assertThatThrownBy(() -> rest.get("/api/models/digits/versions?" + wrong, VersionList.class))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("(expected: a whole number from ");
            }
        }
    }
}
