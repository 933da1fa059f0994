package io.maas.registry;

import io.maas.model.Lineage;
import io.maas.model.Manifest;
import java.time.Instant;

/**
 * One published, immutable version of a model.
 *
 * @param model the model's name
 * @param number its number, from 1 on; never given twice, not even after deletion
 * @param digest SHA-256 of the manifest, 64 lower-case hex digits: the identity of its content
 * @param published when it was acknowledged
 */
public record Version(String model, int number, String digest, Instant published, Manifest manifest) {
    /** For the lineage of a model that training made of this one. */
    public Lineage.Parent asParent() {
        return new Lineage.Parent(model, number, digest);
    }

    /** Such as {@code digits:3}, for messages. */
    public String title() {
        return model + ":" + number;
    }
}
