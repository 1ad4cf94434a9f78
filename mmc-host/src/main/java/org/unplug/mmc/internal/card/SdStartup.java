package org.unplug.mmc.internal.card;

import java.nio.ByteBuffer;
import org.unplug.mmc.CardRegisters;
import org.unplug.mmc.Cid;
import org.unplug.mmc.Csd;
import org.unplug.mmc.Ocr;
import org.unplug.mmc.Scr;
import org.unplug.mmc.SdStatus;
import org.unplug.mmc.internal.port.MmcException;
import org.unplug.mmc.spi.HostCaps;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.ResponseType;

/** Starts an SD memory card that has power (SD Physical Layer, sections 4.2 and 4.3). */
final class SdStartup {

    /** 2.7 to 3.6 V, and a pattern that the card has to echo. */
    private static final int INTERFACE_CONDITION = 0x1aa;

    private static final int SCR_BYTES = 8;

    private final StartupLine line;
    private final HostCaps caps;
    private boolean version2;
    private Ocr inquired;

    SdStartup(StartupLine line) {
        this.line = line;
        this.caps = line.caps();
    }

    /** Resets the card and asks for its voltages; false if it does not know the question, as an MMC does not. */
    boolean answers() throws MmcException {
        line.command(0, 0, ResponseType.NONE);
        version2 = interfaceCondition();
        try {
            inquired = conditions(0);
            return true;
        } catch (MmcException e) {
            if (e.error() == MmcError.TIMEOUT && !e.isFinal()) {
                return false;
            }
            throw e;
        }
    }

    /** From idle to transfer. */
    StartedCard start() throws MmcException {
        int common = inquired.voltages() & caps.ocr();
        if (common == 0) {
            throw new MmcException(MmcError.INVALID, "the card and the adapter have no voltage in common");
        }
        Ocr ocr = ready(common, version2 && caps.uhs());
        Cid cid = Cid.decode(line.register(2, 0, "CID"));
        int rca = line.command(3, 0, ResponseType.R6).word() >>> 16;
        int address = rca << 16;
        Csd csd;
        try {
            csd = Csd.decode(line.register(9, address, "CSD"));
        } catch (IllegalArgumentException e) {
            throw new MmcException(MmcError.INVALID, e.getMessage());
        }
        line.select(address, ResponseType.R1B);
        Scr scr = scr(rca);
        SdStatus ssr = ssr(rca);
        negotiate(rca, scr);
        CardRegisters registers = new CardRegisters(rca, ocr, cid, csd, scr, ssr, null);
        if (!registers.type().isBlockAddressed()) {
            line.command(16, StartupLine.BLOCK_BYTES, ResponseType.R1);
        }
        return new StartedCard(registers, line.ios(), caps.cmd23() && scr.setBlockCount(), false);
    }

    /**
     * Waits until the card has powered up, and takes its lines to 1.8 V if both sides have that. If that fails it loses its power and
     * stays at 3.3 V.
     */
    private Ocr ready(int voltages, boolean lowVoltage) throws MmcException {
        int asked = voltages
                | (version2 ? Ocr.HIGH_CAPACITY | Ocr.OVER_2_TIB : 0)
                | (lowVoltage ? Ocr.LOW_VOLTAGE_SIGNAL : 0);
        Ocr ocr = line.awaitReady(() -> conditions(asked));
        if (!lowVoltage || !ocr.offersLowVoltage() || new VoltageSwitch(line).perform()) {
            return ocr;
        }
        line.powerUp(line.ios().clockHz());
        if (!answers()) {
            throw new MmcException(MmcError.TIMEOUT, "the card does not come back from its change of voltage");
        }
        return ready(voltages, false);
    }

    /** Whether the card knows CMD8, which cards before version 2 do not answer. */
    private boolean interfaceCondition() throws MmcException {
        try {
            int echo = line.command(8, INTERFACE_CONDITION, ResponseType.R7).word() & 0xfff;
            if (echo != INTERFACE_CONDITION) {
                throw new MmcException(MmcError.INVALID, String.format("the card echoes %03x to CMD8", echo));
            }
            return true;
        } catch (MmcException e) {
            if (e.error() == MmcError.TIMEOUT && !e.isFinal()) {
                return false;
            }
            throw e;
        }
    }

    private Ocr conditions(int argument) throws MmcException {
        return new Ocr(line.appCommand(0, 41, argument, ResponseType.R3).word());
    }

    private Scr scr(int rca) throws MmcException {
        ByteBuffer bytes = ByteBuffer.allocate(SCR_BYTES);
        line.announce(rca);
        line.read(51, 0, bytes);
        return Scr.decode(bytes.getLong(0));
    }

    /** Null for a card that cannot say it: nothing depends on it but how it erases. */
    private SdStatus ssr(int rca) throws MmcException {
        ByteBuffer bytes = ByteBuffer.allocate(SdStatus.BYTES);
        try {
            line.announce(rca);
            line.read(13, 0, bytes);
            return SdStatus.decode(bytes.array());
        } catch (MmcException e) {
            if (e.isFinal()) {
                throw e;
            }
            return null;
        }
    }

    /** Width, timing and clock. */
    private void negotiate(int rca, Scr scr) throws MmcException {
        if (caps.fourBit() && scr.fourBit()) {
            line.appCommand(rca, 6, 2, ResponseType.R1);
            line.setIos(line.ios().withWidth(4));
        }
        new SdSpeed(line).negotiate(scr.hasSwitch());
    }
}
