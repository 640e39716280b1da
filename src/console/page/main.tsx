import { render } from 'preact';

const Page = () => <h1>winsockd</h1>;
render(<Page />, document.getElementById('page') as HTMLElement);
