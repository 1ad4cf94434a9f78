package org.unplug.driver.mmcsim;

import java.util.Arrays;
import java.util.BitSet;
import org.unplug.mmc.RegisterBits;

/**
 * What keeps a card from being written or read: protected groups, protection of the whole card, and the password. Like the cells it
 * outlives the loss of power.
 */
final class Guard {

    private static final int TEMPORARY = 12;

    private final Identity identity;
    private final BitSet groups = new BitSet();
    private RegisterBits csd;
    private byte[] password = {};
    private boolean locked;
    private int lockBytes = Cells.BLOCK_BYTES;

    Guard(Identity identity) {
        this.identity = identity;
        this.csd = identity.csd().raw();
    }

    /** What another one keeps without power. */
    Guard(Guard other) {
        this.identity = other.identity;
        this.groups.or(other.groups);
        this.csd = other.csd;
        this.password = other.password.clone();
    }

    /** The CSD with its protection bits as they are now. */
    RegisterBits csd() {
        return csd;
    }

    /** CMD27: only the temporary protection of the whole card can be changed. */
    boolean program(RegisterBits wanted) {
        RegisterBits now = csd.with(TEMPORARY, 1, wanted.field(TEMPORARY, 1)).sealed();
        boolean allowed = wanted.crcMatches()
                && now.with(1, 7, 0).equals(wanted.with(1, 7, 0).with(0, 1, 1));
        if (allowed) {
            csd = now;
        }
        return allowed;
    }

    /** Size of a group; 0 if groups cannot be protected. */
    long groupBytes() {
        return (long) identity.csd().protectGroupBlocks() * Cells.BLOCK_BYTES;
    }

    boolean hasProtectedGroups() {
        return !groups.isEmpty();
    }

    void protect(long at, boolean on) {
        groups.set((int) (at / groupBytes()), on);
    }

    /** The 32 groups from an address on, one bit each, the first in bit 0. */
    int protections(long at) {
        int first = (int) (at / groupBytes());
        int bits = 0;
        for (int i = 0; i < Integer.SIZE; i++) {
            bits |= groups.get(first + i) ? 1 << i : 0;
        }
        return bits;
    }

    /** Whether a byte may be written; for -1 whether anything may. */
    boolean mayWrite(Chip chip, long at) {
        if (chip.cells.isReadOnly() || csd.field(TEMPORARY, 1) != 0) {
            return false;
        }
        return at < 0 || chip.area != 0 || groups.isEmpty() || !groups.get((int) (at / groupBytes()));
    }

    boolean isLocked() {
        return locked;
    }

    /** Power came: a card that has a password is locked. */
    void powerUp() {
        locked = password.length > 0;
        lockBytes = Cells.BLOCK_BYTES;
    }

    /** CMD16 says how long the block of a CMD42 is. */
    void lockBytes(int bytes) {
        lockBytes = bytes;
    }

    int lockBytes() {
        return lockBytes;
    }

    /**
     * CMD42's block: a byte of wishes, the length of what follows, and the old password with perhaps the new one behind it (SD
     * Physical Layer, section 4.3.7).
     *
     * @return whether it was as it should be
     */
    boolean lock(Chip chip, byte[] block) {
        int wishes = block[0];
        if ((wishes & 8) != 0) {
            boolean forced = locked && (wishes & 7) == 0;
            if (forced) {
                password = new byte[0];
                locked = false;
                groups.clear();
                chip.onCells(() -> chip.cells.zero(0, 0, chip.cells.bytes(0)));
            }
            return forced;
        }
        int length = block[1] & 0xff;
        byte[] given = Arrays.copyOfRange(block, 2, Math.min(2 + length, block.length));
        boolean known = given.length >= password.length
                && Arrays.equals(password, 0, password.length, given, 0, password.length);
        if (!known) {
            return false;
        }
        if ((wishes & 1) != 0) {
            byte[] fresh = Arrays.copyOfRange(given, password.length, given.length);
            if (fresh.length == 0 || fresh.length > 16) {
                return false;
            }
            password = fresh;
        } else if ((wishes & 2) != 0) {
            password = new byte[0];
        }
        if (password.length == 0 && (wishes & 4) != 0) {
            return false;
        }
        locked = (wishes & 4) != 0;
        return true;
    }
}
