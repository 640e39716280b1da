*** Settings ***
Documentation       Fails on purpose, so that its log can be looked at.
Library             winsockd.robot.WinsockdLibrary    timeout=5 seconds


*** Test Cases ***
A Receive Gets Something Else
    ${listener} =    Open Socket
    ${port} =    Listen On    ${listener}
    ${near} =    Open Socket
    Connect    ${near}    127.0.0.1    ${port}
    ${far} =    Accept    ${listener}
    Send Text    ${near}    too short
    ${bytes} =    Receive    ${far}
    Should Be Equal    ${bytes}    ${{b'something else'}}

A Keyword Fails Otherwise
    ${socket} =    Open Socket
    Should Fail With    WSAECONNRESET    Send Text    ${socket}    too early
