package io.maas.registry;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import io.maas.registry.Finding.Kind;

/**
 * What {@link RegistryUpkeep#check} has found.
 *
 * @param findings everything that is not as it should be; orphans only where no log and no manifest is broken, as otherwise nobody can
 *     tell what they are
 * @param models how many logs of models were read
 * @param versions how many versions were checked
 * @param blobs how many blobs were read to their end
 */
public record CheckReport(ImmutableList<Finding> findings, int models, int versions, long blobs) {
    /** Whether every version can be loaded: orphans take room and do no harm. */
    public boolean isSound() {
        return Iterables.all(findings, finding -> finding.kind() == Kind.ORPHAN);
    }

    /** For people, one finding a line. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(versions + " versions of " + models + " models, " + blobs + " blobs, "
                + findings.size() + " findings\n");
        findings.forEach(finding -> text.append(finding).append('\n'));
        return text.toString();
    }
}
