using System;

namespace Winsockd.Tests
{
    /// <summary>Marks a test: a static method that returns a task. Its name says what holds.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    internal sealed class TestAttribute : Attribute
    {
    }
}
