package org.unplug.scsi.debug;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LunSpecTest {

    @Test
    void text_isReadAsWritten() {
        LunSpec spec = LunSpec.image("/srv/disk image.img")
                .at(3, 17)
                .withBlockBytes(4096)
                .withReadOnly(true)
                .withWriteCache(true, true)
                .withRemovable(true)
                .withLatencyMicros(250)
                .withSerial("X-1");
        assertEquals(spec, LunSpec.parse(spec.toString()));
        assertEquals(LunSpec.ram(1 << 20), LunSpec.parse(LunSpec.ram(1 << 20).toString()));
    }

    @Test
    void sizes_takeAUnit() {
        assertEquals(64L << 20, LunSpec.parse("bytes=64m").bytes());
        assertEquals(1L << 30, LunSpec.parse("bytes=1G").bytes());
        assertEquals(LunSpec.NEXT, LunSpec.parse("bytes=1k").target());
    }

    @Test
    void volatileCache_isAWriteCache() {
        assertTrue(LunSpec.parse("bytes=1k,volatileCache=true").writeCache());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nonsense | want key=value",
                "bytes=12 | multiple of the block of 512",
                "bytes=x | a number was expected",
                "blockBytes=500 | must be 512, 1024, 2048 or 4096",
                "target=-2 | cannot be negative",
                "latencyMicros=-1 | cannot be negative",
                "colour=red | unknown [colour]",
                "serial=a b | printable characters"
            })
    void mistake_isNamed(String text, String part) {
        String said = assertThrows(IllegalArgumentException.class, () -> LunSpec.parse(text))
                .getMessage();
        assertTrue(said.contains(part), said);
    }

    @Test
    void ranges_standForEachUnitOfThem() {
        List<LunSpec> all = LunSpec.parseAll("target=1-2,lun=0-3,bytes=64k,thin=true");
        assertEquals(8, all.size());
        assertEquals(LunSpec.ram(65536).withThin(true).at(1, 0), all.get(0));
        assertEquals(LunSpec.ram(65536).withThin(true).at(2, 3), all.get(7));
        assertEquals(List.of(LunSpec.parse("bytes=64k")), LunSpec.parseAll("bytes=64k"));
        assertThrows(IllegalArgumentException.class, () -> LunSpec.parseAll("target=3-1,bytes=64k"));
        assertThrows(IllegalArgumentException.class, () -> LunSpec.parseAll("lun=0-256,bytes=64k"));
    }
}
