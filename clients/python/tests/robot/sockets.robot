*** Settings ***
Documentation       A server of Python in a process of its own, the lab, and faults.
Library             Process
Library             OperatingSystem
Library             winsockd.robot.WinsockdLibrary    timeout=5 seconds
Suite Setup         Start Server
Suite Teardown      Terminate All Processes


*** Test Cases ***
A Server Answers After A Half-Close
    ${socket} =    Open Socket
    Connect    ${socket}    127.0.0.1    ${PORT}
    Socket State Should Be    ${socket}    connected
    Send Text    ${socket}    GET /greeting.txt HTTP/1.0\r\n\r\n
    Send Disconnect    ${socket}
    Should Fail With    WSAESHUTDOWN    Send Text    ${socket}    too late
    ${answer} =    Receive Until End    ${socket}
    Should Start With    ${answer}    ${{b'HTTP/1.0 200 OK'}}
    Should End With    ${answer}    ${{b'hello from the server'}}
    ${path} =    Save Capture    ${socket}
    ${capture} =    Get Binary File    ${path}
    Should Start With    ${capture}    ${{b'\n\r\r\n'}}
    Close Socket    ${socket}

The Lab Carries Disconnect Data
    Begin Session    provider=lab
    ${near}    ${far} =    Connected Pair    10.1.2.3
    Send Bytes    ${near}    \x00\xff
    Send Disconnect    ${near}    out of paper
    ${bytes} =    Receive Until End    ${far}
    Should Be Equal    ${bytes}    ${{b'\x00\xff'}}
    ${data} =    Receive Disconnect    ${far}
    Should Be Equal    ${data}    ${{b'out of paper'}}

A Fault Makes The Second Send Fail
    ${near}    ${far} =    Connected Pair    127.0.0.1
    ${fault} =    Arm Fault    fail    operation=send    nth=2    code=WSAENETDOWN
    Send Text    ${near}    one
    Should Fail With    WSAENETDOWN    Send Text    ${near}    two
    Send Text    ${near}    three
    Should Be Equal As Integers    ${fault.hits}    1
    Remove Faults
    Shut Down    ${near}    SD_SEND
    ${bytes} =    Receive Until End    ${far}
    Should Be Equal    ${bytes}    ${{b'onethree'}}
    ${entries} =    Journal    socket=${near}
    ${failed} =    Evaluate    [one['name'] for one in $entries if one['outcome'] == 'failed']
    Should Be Equal    ${failed}    ${{['WSAENETDOWN']}}

A Fault On One Socket Leaves The Other
    ${near}    ${far} =    Connected Pair    127.0.0.1
    Arm Fault    reset    socket=${near}    operation=recv    times=1
    Send Text    ${far}    lost
    Should Fail With    WSAECONNRESET    Receive    ${near}

A Wait Has A Limit
    ${listener} =    Open Socket
    Listen On    ${listener}
    Call Method    ${listener}    settimeout    ${0.2}
    Should Fail With    WSAETIMEDOUT    Accept    ${listener}

An Escaped Argument Stays As It Is
    ${near}    ${far} =    Connected Pair    127.0.0.1
    Send Disconnect    ${far}
    Should Fail With    WSAESHUTDOWN    Send Text    ${far}    \${no_variable}

The Standard Library Uses The Rig While It Is Patched
    Patch Sockets
    ${text} =    Evaluate    urllib.request.build_opener(urllib.request.ProxyHandler({})).open('http://127.0.0.1:${PORT}/greeting.txt', timeout=5).read()    modules=urllib.request
    Unpatch Sockets
    Should Be Equal    ${text}    ${{b'hello from the server'}}
    ${entries} =    Journal
    ${operations} =    Evaluate    [one['operation'] for one in $entries]
    Should Contain    ${operations}    connect

A Session Ends With Its Test
    ${session} =    Begin Session
    Set Suite Variable    ${OF THE TEST BEFORE}    ${session}

And Is Gone In The Next
    Should Be True    ${OF THE TEST BEFORE.is_ended}
    ${session} =    Begin Session
    Should Not Be True    ${session.is_ended}
    End Session
    Should Be True    ${session.is_ended}


*** Keywords ***
Start Server
    Create File    ${OUTPUT DIR}/site/greeting.txt    hello from the server
    ${server} =    Start Process    ${PYTHON}    -u    -m    http.server    0    --bind    127.0.0.1    --directory    ${OUTPUT DIR}/site
    ...    stderr=STDOUT
    ${line} =    Evaluate    $server.stdout.readline().decode()
    ${port} =    Evaluate    int(re.search(r'port (\\d+)', $line).group(1))    modules=re
    Set Suite Variable    ${PORT}    ${port}

Connected Pair
    [Arguments]    ${host}
    ${listener} =    Open Socket
    ${port} =    Listen On    ${listener}    ${host}
    ${near} =    Open Socket
    Connect    ${near}    ${host}    ${port}
    ${far} =    Accept    ${listener}
    RETURN    ${near}    ${far}
