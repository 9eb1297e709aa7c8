using System.Buffers.Binary;

namespace Millrace.Checking.Histories;

/// <summary>Values that tell which event they belong to and whether a single byte of them was changed.</summary>
public static class Payload
{
    private const int NumberBytes = 8;

    /// <summary>Makes the value of event <paramref name="number"/>.</summary>
    /// <param name="filler">How many more bytes it has; they follow from the number.</param>
    public static byte[] Make(long number, int filler)
    {
        byte[] value = new byte[NumberBytes + filler];
        BinaryPrimitives.WriteInt64LittleEndian(value, number);
        for (int i = 0; i < filler; i++)
        {
            value[NumberBytes + i] = Filler(number, i);
        }

        return value;
    }

    /// <summary>The event that a value belongs to; -1 when it is not a whole value that Make has made.</summary>
    public static long Read(ReadOnlySpan<byte> value)
    {
        if (value.Length < NumberBytes)
        {
            return -1;
        }

        long number = BinaryPrimitives.ReadInt64LittleEndian(value);
        for (int i = NumberBytes; i < value.Length; i++)
        {
            if (value[i] != Filler(number, i - NumberBytes))
            {
                return -1;
            }
        }

        return number;
    }

    private static byte Filler(long number, int i) => (byte)((number * 31) + (i * 7) + (number >> 8));
}
